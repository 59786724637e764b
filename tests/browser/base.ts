// What every test gets: pages that fail on a violation of the content policy or an error in the console, sign-in,
// codes, axe.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Page,
  test as plain,
} from '@playwright/test'

export { expect }
interface Walker {
  login: string
  name: string
  uscc: string
  mobile: string
  id: string
}
interface Case {
  id: string
  name: string
  institution: string
}
interface DeskCase {
  id: string
  number: string
  name: string
  login: string
  institution: string
}
/** What furniture.py placed. */
export const facts = JSON.parse(process.env.QILIAN_FACTS ?? '{}') as {
  member: string
  clerk: string
  enterprise: string
  newcomer: string
  product: string
  newcomer_institution: string
  uscc: string
  invited: string
  fresh: string
  supplement: string
  listing: string
  /** Nobody recommends them but the test that counts what it costs. */
  recommendable: Walker[]
  cases: Record<'waiting' | 'supplement' | 'refused' | 'overdue' | 'contested' | 'next' | 'phone' | 'approved', Case>
  /** Of the reviewer's desk: cases of Hangzhou to go through, and single ones. */
  desk: {
    list: DeskCase[]
    heavy: DeskCase
    answers: DeskCase & { item: string }
    self: DeskCase
  }
  recommendations: Record<string, string>
  /** What the desk of Lishui published. */
  content: Record<'event' | 'call' | 'regulation', string>
  walkers: Record<
    'recommended' | 'withdrawn' | 'keys' | 'idle' | 'beside' | 'by_code' | 'by_link' | 'counted' | 'barred' | 'seller',
    Walker
  >
}
export const WIDE = { width: 1440, height: 900 },
  PHONE = { width: 390, height: 844 }
export const profile = JSON.parse(process.env.QILIAN_PROFILE ?? '{}') as Record<string, string | number | boolean>
export const password = process.env.QILIAN_PASSWORD ?? ''
export const at = (slug: string, path = '/') => `http://${slug}.localhost:${process.env.QILIAN_PORT}${path}`
const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8')

/** Collects what no page may do: break the content policy, throw, complain in the console. Answers of refusal are
 * the server's good right. */
async function watch(context: BrowserContext, faults: string[]) {
  await context.exposeBinding('qilianPolicy', (_, what: string) => {
    faults.push(`content policy: ${what}`)
  })
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) =>
      (window as unknown as { qilianPolicy(t: string): void }).qilianPolicy(
        `${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`,
      ),
    )
  })
  context.on('weberror', (e) => faults.push(`error: ${e.error().message}`))
  context.on('console', (m) => {
    if (m.type() === 'error' && !/^Failed to load resource: .* status of 4\d\d/.test(m.text()))
      faults.push(`console: ${m.text()}`)
  })
}

/** Opens a page of a browser of its own for somebody: as('lishui', 'reviewer_a'). A test ends with all of them
 * closed and none at fault. */
export type As = (slug: string, login: string, options?: BrowserContextOptions) => Promise<Page>
export const test = plain.extend<{ faults: string[]; as: As }>({
  faults: [
    async ({ context }, use) => {
      const faults: string[] = []
      await watch(context, faults)
      await use(faults)
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
  as: async ({ browser, faults }, use) => {
    const opened: BrowserContext[] = []
    await use(async (slug, login, options) => {
      const context = await open(browser, options)
      opened.push(context)
      await watch(context, faults)
      if (login) await signIn(context, slug, login)
      return context.newPage()
    })
    for (const context of opened) await context.close()
  },
})
const open = (browser: Browser, options: BrowserContextOptions = {}) =>
  browser.newContext({
    viewport: WIDE,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    ...options,
  })

const kept = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>()
/** Signed in without the form, which has a test of its own; once for each person. */
export async function signIn(context: BrowserContext, slug: string, login: string) {
  const who = `${slug} ${login}`
  if (!kept.has(who)) {
    const page = await context.newPage()
    await page.goto(at(slug, '/robots.txt')) // the host's name is resolved by the browser alone
    const answer = await page.evaluate(
      async (data) => {
        const response = await fetch('/api/v1/auth/sign-in', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(data),
        })
        return { status: response.status, text: await response.text() }
      },
      { login, password },
    )
    expect(answer.status, answer.text).toBe(200)
    await page.close()
    kept.set(who, await context.cookies(at(slug)))
  }
  await context.addCookies(kept.get(who)!)
}

/** The newest code that was sent to a mobile. */
export async function code(mobile: string): Promise<string> {
  let found = ''
  await expect
    .poll(() => {
      const lines = readFileSync(process.env.QILIAN_SMS ?? '', 'utf8')
        .trim()
        .split('\n')
        .filter((l) => l.includes(mobile))
      found = lines.length
        ? (/\d{6}/.exec((JSON.parse(lines[lines.length - 1]) as { text: string }).text)?.[0] ?? '')
        : ''
      return found
    })
    .not.toBe('')
  return found
}

export async function settled(page: Page) {
  await page.waitForLoadState('domcontentloaded')
  await expect(page.locator('.served')).toHaveCount(0) // the server's words, until the page itself is drawn
  await expect(page.locator('h1').first()).toBeVisible()
  await expect(page.getByText(/^(正在载入…|Loading…)$/)).toHaveCount(0)
}

interface Violation {
  id: string
  impact: string
  help: string
  nodes: { target: string[]; failureSummary: string }[]
}
/** None tolerated, whatever the impact. */
export async function accessible(page: Page, where = '') {
  await page.evaluate(axe)
  const found = await page.evaluate(
    async () =>
      (await (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run()).violations,
  )
  expect
    .soft(
      found.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`),
      where,
    )
    .toEqual([])
}

/** Lists turn into cards a moment after the width has changed. */
export async function noSideways(page: Page, where = '') {
  await expect
    .configure({ soft: true })
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), {
      message: where,
      timeout: 3000,
    })
    .toBeLessThanOrEqual(0)
}

/** The same page as the system wishes it to look. */
export type Look = 'light' | 'dark' | 'forced'
export const dress = (page: Page, how: Look) =>
  page.emulateMedia({
    colorScheme: how === 'dark' ? 'dark' : 'light',
    forcedColors: how === 'forced' ? 'active' : 'none',
    reducedMotion: 'reduce',
  })

/** What is open now, wide and narrow, by day and by night, and with forced colours: fits, is accessible. */
export async function look(page: Page, where = '') {
  for (const size of [WIDE, PHONE]) {
    await page.setViewportSize(size)
    await noSideways(page, `${where} at ${size.width}`)
    await accessible(page, `${where} at ${size.width}`)
  }
  await page.setViewportSize(WIDE)
  await dress(page, 'dark')
  await accessible(page, `${where} by night`)
  await dress(page, 'forced')
  await accessible(page, `${where} with forced colours`)
  await dress(page, 'light')
}

/** A word that was forgotten shows its key. Codes that are shown as such stand in monospace. */
export async function noKeys(page: Page, where = '') {
  const texts = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.getElementById('app')!, NodeFilter.SHOW_TEXT),
      out: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (!node.parentElement!.closest('.mono, code, pre, textarea')) out.push(node.textContent!)
    return out
  })
  expect
    .soft(
      texts.filter(
        (text) =>
          /(^|[^\w.@/])[a-z][A-Za-z]*(\.[A-Za-z_]+)+(?![\w@/])/.test(text) &&
          !/https?:|\.(localhost|cn|com|test)\b/.test(text),
      ),
      where,
    )
    .toEqual([])
}
