// 200 %: what 1280 × 900 shows on half as many points of CSS. And larger type, which the portal offers itself.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, noSideways, PHONE, settled, test } from './base'

const HALF = { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }
const PORTAL = ['/', '/services', '/institutions', '/notices', '/join', '/join-by-code', '/sign-in', '/register']

/** Nothing is cut off, and each control can be brought into view with nothing lying over it. */
async function whole(page: Page, where: string) {
  await noSideways(page, where)
  expect
    .soft(
      await page.evaluate(() => {
        const bad: string[] = []
        const hidden = (e: Element) =>
          !!e.closest('.visually-hidden, .skip, [hidden]') ||
          // For who listens alone, where there is no room: what it says opens from its button.
          [e, e.parentElement].some((x) => !!x && getComputedStyle(x).clipPath === 'inset(50%)') ||
          !(e as HTMLElement).checkVisibility?.({ visibilityProperty: true })
        const scrolls = (e: Element) => {
          for (let p = e.parentElement; p && p !== document.documentElement; p = p.parentElement)
            if (/auto|scroll/.test(getComputedStyle(p).overflowX) && p.scrollWidth > p.clientWidth) return true
          return false
        }
        const top =
          // what lies beneath a drawer is not in reach until it is closed
          [...document.querySelectorAll('.el-drawer, dialog[open]')].find((e) => e.checkVisibility()) ?? document
        for (const e of top.querySelectorAll<HTMLElement>('a, button, input, select, textarea, summary')) {
          if (hidden(e)) continue
          e.scrollIntoView({ block: 'center', inline: 'nearest' })
          const r = [...e.getClientRects()].find((x) => x.width && x.height),
            what = `${e.tagName} ${(e.textContent || e.getAttribute('aria-label') || e.id).trim().slice(0, 30)}`
          if (!r) continue
          if ((r.left < -1 || r.right > innerWidth + 1) && !scrolls(e)) {
            bad.push(`cut off: ${what}`)
            continue
          }
          const there = document.elementFromPoint(
            r.left + Math.min(r.width, innerWidth - r.left) / 2,
            r.top + r.height / 2,
          )
          if (
            there &&
            !e.contains(there) &&
            !there.contains(e) &&
            !e.closest('label')?.contains(there) &&
            !there.closest('.el-select, .el-date-editor')?.contains(e)
          )
            bad.push(`beneath ${there.tagName}.${there.className}: ${what}`)
        }
        for (const e of document.querySelectorAll<HTMLElement>('#app *'))
          if (
            !hidden(e) &&
            [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent!.trim()) &&
            /hidden|clip/.test(getComputedStyle(e).overflowX) &&
            e.scrollWidth > e.clientWidth + 1 &&
            !/^el-/.test(e.className)
          )
            bad.push(`clipped: ${e.textContent!.trim().slice(0, 30)}`)
        return bad
      }),
      where,
    )
    .toEqual([])
}

test('at 200 % everything is there and in reach', async ({ as }) => {
  test.setTimeout(180_000)
  const VISITS: [string, string, string[]][] = [
    ['lishui', '', PORTAL],
    [
      'lishui',
      facts.member,
      [
        '/center',
        '/center/profile',
        '/center/platforms',
        '/center/products',
        `/center/products/${facts.product}`,
        '/center/matrix',
      ],
    ],
    [
      'zhejiang',
      'reviewer_a',
      ['/desk', '/desk/cases', `/desk/cases/${facts.cases.waiting.id}`, '/desk/invitations', '/desk/figures'],
    ],
    [
      'lishui',
      'platform_admin_a',
      ['/desk/institutions', `/desk/listings/${facts.listing}`, '/desk/recommendations', '/desk/settings'],
    ],
    ['zhejiang', 'system_admin_a', ['/desk/staff', '/desk/regions']],
  ]
  for (const [slug, login, paths] of VISITS) {
    const page = await as(slug, login, HALF)
    for (const path of paths) {
      await page.goto(at(slug, path))
      await settled(page)
      await whole(page, `${login} ${path}`)
    }
    await page.context().close()
  }
  // What opens over a page must be left again.
  const page = await as('zhejiang', 'reviewer_a', HALF)
  await page.goto(at('zhejiang', `/desk/cases/${facts.cases.waiting.id}`))
  await page.getByRole('button', { name: '不通过', exact: true }).click()
  for (const name of ['取消', '不通过']) {
    const button = page.locator('dialog[open]').getByRole('button', { name, exact: true })
    await button.scrollIntoViewIfNeeded()
    await expect(button).toBeInViewport({ ratio: 1 })
  }
})

test('larger type on the portal: 18 px and more, kept over reload and routes, no wider than a phone', async ({
  as,
}) => {
  test.setTimeout(120_000)
  const page = await as('lishui', '', { viewport: PHONE })
  const size = () =>
    page
      .locator('main p, main a, main label')
      .filter({ visible: true })
      .first()
      .evaluate((e) => parseFloat(getComputedStyle(e).fontSize))
  await page.goto(at('lishui', '/'))
  await settled(page)
  const before = await size()
  await page.getByRole('button', { name: '大字版' }).click()
  await expect(page.getByRole('button', { name: '大字版' })).toHaveAttribute('aria-pressed', 'true')
  expect(await size()).toBeGreaterThan(before)
  await page.reload()
  for (const path of PORTAL) {
    await page.goto(at('lishui', path))
    await settled(page)
    expect
      .soft(await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize)), path)
      .toBeGreaterThanOrEqual(18)
    // Not the body alone: no text of the page is smaller.
    expect
      .soft(
        await page.evaluate(() =>
          [...document.querySelectorAll<HTMLElement>('#app *')]
            .filter(
              (e) =>
                e.checkVisibility() &&
                !e.closest('.visually-hidden') &&
                [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent!.trim()) &&
                parseFloat(getComputedStyle(e).fontSize) < 16,
            )
            .map((e) => `${e.tagName}.${e.className} ${getComputedStyle(e).fontSize}`),
        ),
        path,
      )
      .toEqual([])
    await noSideways(page, path)
    await accessible(page, path)
  }
  await page.getByRole('button', { name: '大字版' }).click()
  await page.reload()
  expect(await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize))).toBeLessThan(18)
})
