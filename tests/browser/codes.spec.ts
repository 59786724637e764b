// No page shows a code of the machine's: ids, hashes, enum words, "self:2", the browser's whole line of itself, or the
// key of a word that is missing. Every page of every role that the menu leads to, and one row opened on each.
import type { Page } from '@playwright/test'
import { at, expect, facts, noKeys, settled, test } from './base'

/** What people type, and what is shown for a machine to read on purpose, stands in these. */
const MACHINE = 'input, textarea, code, pre, .mono, [data-machine]'
const CODES: [name: string, pattern: RegExp][] = [
  ['a UUID', /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i],
  ['a hash', /\b[0-9a-f]{64}\b/i],
  ['a code with a number', /(^|[\s，、：(（])[a-z_]+:[0-9]/],
  ['a word of an enum', /(^|[\s，、：×(（])[a-z]+_[a-z_]+(?=$|[\s，、：×)）])/],
  ['a browser’s line of itself', /Mozilla\/5\.0/],
]
/** People's user names are theirs to choose. */
const USER = /\b[a-z]+(_[a-z]+)?_(a|b|clerk)\b|^first_day_(zh|en)$/
async function noCodes(page: Page, where: string) {
  const texts = await page.evaluate((machine) => {
    const walker = document.createTreeWalker(document.getElementById('app')!, NodeFilter.SHOW_TEXT)
    const out: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement!
      if (!parent.closest(machine) && parent.getClientRects().length) out.push(node.textContent!.trim())
    }
    return out.filter(Boolean)
  }, MACHINE)
  for (const [name, pattern] of CODES)
    expect
      .soft(
        texts.filter((text) => pattern.test(text) && !USER.test(text)),
        `${where}: ${name}`,
      )
      .toEqual([])
}

const ROLES: [who: string, slug: string, login: string, start: string][] = [
  ['a reviewer of the province', 'zhejiang', 'reviewer_a', '/desk'],
  ['an administrator of the province', 'zhejiang', 'platform_admin_a', '/desk'],
  ['an administrator of a city', 'lishui', 'platform_admin_a', '/desk'],
  ['a system administrator', 'lishui', 'system_admin_a', '/desk'],
  ['a security administrator', 'zhejiang', 'security_admin_a', '/desk/staff'],
  ['an audit administrator', 'zhejiang', 'audit_admin_a', '/desk/audit'],
  ['a member', 'lishui', facts.member, '/center'],
  ['an enterprise', 'lishui', facts.enterprise, '/enterprise'],
]
for (const [who, slug, login, start] of ROLES)
  test(`no codes on the pages of ${who}`, async ({ as }) => {
    test.setTimeout(300_000)
    const page = await as(slug, login)
    await page.goto(at(slug, start))
    await settled(page)
    const base = start.split('/')[1]
    const links = page.locator(`#side a[href^="/${base}"]`)
    await expect(links.first()).toBeAttached()
    const doors = await links.evaluateAll((all) => [...new Set(all.map((a) => (a as HTMLAnchorElement).pathname))])
    for (const door of [
      start,
      ...doors.filter((d) => d.split('/').length <= 4),
      `/${base}/account`,
      `/${base}/records/messages`,
    ]) {
      await page.goto(at(slug, door))
      await settled(page)
      await noCodes(page, `${who} ${door}`)
      await noKeys(page, `${who} ${door}`)
      const first = page.locator('main tbody a').first()
      if ((await first.count()) && (await first.isVisible())) {
        await first.click()
        await page.waitForLoadState('networkidle').catch(() => {})
        await settled(page)
        await noCodes(page, `${who} ${door}, a row`)
        await noKeys(page, `${who} ${door}, a row`)
      }
    }
  })
