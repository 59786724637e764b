// Every route of every role, wide and narrow, Chinese and English: opens, fits, is accessible, breaks no policy,
// shows no key.
import { at, expect, facts, look, noKeys, noSideways, PHONE, settled, test, WIDE } from './base'

const { cases, content, recommendations } = facts
const desk = (...paths: string[]) => ['', ...paths, '/account'].map((p) => `/desk${p}`)
const center = (...paths: string[]) =>
  [
    '',
    '/profile',
    '/profile?step=submit',
    '/qualifications',
    '/platforms',
    '/products',
    '/products/new',
    ...paths,
    '/matrix',
    '/statistics',
    '/people',
    '/account',
  ].map((p) => `/center${p}`)
const VISITS: [who: string, slug: string, login: string, paths: string[]][] = [
  [
    'a visitor',
    'lishui',
    '',
    [
      '/',
      '/services',
      '/institutions',
      '/notices',
      '/compare',
      '/privacy',
      '/accessibility',
      '/verify',
      '/verify/0000-0000-0000-0000',
      '/open/demands',
      '/open/event-notices',
      `/open/event-notices/${content?.event}`,
      '/open/project-calls?state=open',
      `/open/project-calls/${content?.call}`,
      `/open/regulations/${content?.regulation}`,
      '/open/service-resources',
      '/join',
      '/join-by-code',
      '/sign-in',
      '/register',
      '/reset',
      '/no-such-page',
    ],
  ],
  ['a member', 'lishui', facts.member, center(`/products/${facts.product}`)],
  ['a newcomer', 'lishui', facts.newcomer, center()],
  ['an enterprise', 'lishui', facts.enterprise, ['', '/profile', '/account'].map((p) => `/enterprise${p}`)],
  [
    'a reviewer of the province',
    'zhejiang',
    'reviewer_a',
    desk(
      '?box=sent',
      '/cases',
      '/cases?phase=all',
      '/cases?overdue=1',
      `/cases/${cases?.waiting.id}`,
      `/cases/${cases?.supplement.id}`,
      `/cases/${cases?.refused.id}`,
      '/listings?phase=all',
      '/invitations',
      '/institutions',
      `/institutions/${cases?.waiting.institution}`,
      '/figures',
    ),
  ],
  [
    'an administrator of the province',
    'zhejiang',
    'platform_admin_a',
    desk(
      `/cases/${cases?.approved.id}`,
      `/cases/${cases?.overdue.id}`,
      '/memberships',
      '/announcements',
      '/sync',
      '/settings',
      '/notices',
      '/records/messages',
    ),
  ],
  [
    'an administrator of a city',
    'lishui',
    'platform_admin_a',
    desk(
      '?box=sent',
      '/cases?phase=all',
      '/listings',
      `/listings/${facts.listing}`,
      '/institutions',
      '/institutions?standing=review',
      `/institutions/${cases?.waiting.institution}`,
      '/recommendations',
      `/recommendations/${recommendations?.refused}`,
      `/supplements/${facts.supplement}`,
      '/memberships',
      '/announcements',
      '/sync',
      '/figures',
      '/settings',
    ),
  ],
  [
    'the system administrator',
    'zhejiang',
    'system_admin_a',
    desk('/staff', '/settings', '/regions', '/notices', '/sync'),
  ],
  ['the security administrator', 'zhejiang', 'security_admin_a', desk('/staff', '/staff?kind=all')],
  [
    'the audit administrator',
    'zhejiang',
    'audit_admin_a',
    desk('/audit', '/audit?from=2026-01-01&record_type=entry_case'),
  ],
]

for (const [who, slug, login, paths] of VISITS)
  test(`routes of ${who}`, async ({ as }) => {
    test.setTimeout(240_000)
    const page = await as(slug, login)
    await page.addInitScript(() => localStorage.setItem('qilian.lang', 'zh'))
    for (const path of paths)
      await test.step(path, async () => {
        await page.goto(at(slug, path))
        await settled(page)
        await expect.soft(page.locator('main').getByRole('alert'), path).toHaveCount(0)
        await look(page, path)
        await page
          .getByRole('button', { name: 'English', exact: true })
          .evaluate((button: HTMLElement) => button.click()) // a drawer may lie over it
        await expect(page.locator('html')).toHaveAttribute('lang', 'en')
        await noKeys(page, path)
        for (const size of [PHONE, WIDE]) {
          await page.setViewportSize(size)
          await noSideways(page, `${path} in English at ${size.width}`)
        }
      })
  })

test('nothing that is seen moves while a page of a phone loads', async ({ as }) => {
  test.setTimeout(90_000)
  for (const [slug, login, paths] of [
    ['zhejiang', '', ['/', '/services', '/sign-in']],
    ['zhejiang', 'reviewer_a', ['/desk', '/desk/cases', `/desk/cases/${cases.waiting.id}`]],
  ] as const) {
    const page = await as(slug, login, { viewport: PHONE })
    await page.route('**/api/v1/**', async (route) => {
      await new Promise((done) => setTimeout(done, 250))
      await route.continue().catch(() => undefined)
    })
    await page.addInitScript(() => {
      const seen = window as unknown as { moved: number }
      seen.moved = 0
      new PerformanceObserver((list) => {
        for (const e of list.getEntries()) seen.moved += (e as unknown as { value: number }).value
      }).observe({ type: 'layout-shift', buffered: true })
    })
    for (const path of paths) {
      await page.goto(at(slug, path))
      await settled(page)
      await page.waitForTimeout(900)
      expect.soft(await page.evaluate(() => (window as unknown as { moved: number }).moved), path).toBeLessThan(0.05)
    }
  }
})
