// Every route, wide and narrow: opens, fits, is accessible, breaks no policy.
import { accessible, at, expect, facts, noSideways, settled, signIn, test } from './base'

const PUBLIC = ['/', '/services', '/institutions', '/notices', '/join', '/join-by-code', '/sign-in', '/register', '/reset', '/no-such-page']
const CENTER = ['', '/profile', '/profile?step=submit', '/qualifications', '/platforms', '/products', '/products/new', `/products/${facts.product}`, '/matrix', '/statistics', '/people', '/account'].map((p) => `/center${p}`)
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }]

for (const size of SIZES) {
  test.describe(`${size.width} px`, () => {
    test.use({ viewport: size })
    for (const [who, login, paths] of [['visitor', '', PUBLIC], ['member', facts.member, CENTER], ['newcomer', facts.newcomer, CENTER.filter((p) => !p.includes(facts.product))]] as const)
      test(`routes of a ${who}`, async ({ page, context }) => {
        test.setTimeout(150_000)
        if (login) await signIn(context, 'lishui', login)
        for (const path of paths)
          await test.step(path, async () => {
            await page.goto(at('lishui', path))
            await settled(page)
            await expect.soft(page.locator('main').getByRole('alert'), path).toHaveCount(0)
            await noSideways(page, path)
            await accessible(page, path)
          })
      })
  })
}

test('English on every page of the centre', async ({ page, context }) => {
  test.setTimeout(120_000)
  await signIn(context, 'lishui', facts.member)
  await page.addInitScript(() => localStorage.setItem('qilian.lang', 'en'))
  for (const path of CENTER) {
    await page.goto(at('lishui', path))
    await settled(page)
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    // A word that was forgotten shows its key.
    expect(await page.locator('#app').innerText()).not.toMatch(/\b(center|desk|phase|way|title|menu|app|form|memberPhase)\.[a-zA-Z_.]+\b/)
  }
})
