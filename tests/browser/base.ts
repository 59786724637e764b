// What every test gets: pages that fail on a violation of the content policy or an error in the console, sign-in, codes, axe.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type BrowserContext, expect, type Page, test as plain } from '@playwright/test'

export { expect }
export const facts = JSON.parse(process.env.QILIAN_FACTS ?? '{}') as { member: string; newcomer: string; product: string; newcomer_institution: string; uscc: string }
export const profile = JSON.parse(process.env.QILIAN_PROFILE ?? '{}') as Record<string, string | number | boolean>
export const password = process.env.QILIAN_PASSWORD ?? ''
export const at = (slug: string, path = '/') => `http://${slug}.localhost:${process.env.QILIAN_PORT}${path}`
const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8')

export const test = plain.extend<{ faults: string[] }>({
  faults: [async ({ context }, use) => {
    const faults: string[] = []
    await context.exposeBinding('qilianPolicy', (_, what: string) => { faults.push(`content policy: ${what}`) })
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (e) => (window as unknown as { qilianPolicy(t: string): void }).qilianPolicy(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))
    })
    context.on('weberror', (e) => faults.push(`error: ${e.error().message}`))
    await use(faults)
    expect(faults).toEqual([])
  }, { auto: true }],
})

const kept = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>()
/** Signed in without the form, which has a test of its own; once for each person. */
export async function signIn(context: BrowserContext, slug: string, login: string) {
  const who = `${slug} ${login}`
  if (!kept.has(who)) {
    const page = await context.newPage()
    await page.goto(at(slug, '/favicon.svg')) // the host's name is resolved by the browser alone
    const answer = await page.evaluate(async (data) => {
      const response = await fetch('/api/v1/auth/sign-in', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID?.() ?? String(Date.now()) }, body: JSON.stringify(data) })
      return { status: response.status, text: await response.text() }
    }, { login, password })
    expect(answer.status, answer.text).toBe(200)
    await page.close()
    kept.set(who, await context.cookies(at(slug)))
  }
  await context.addCookies(kept.get(who)!)
}

/** The newest code that was sent to a mobile. */
export async function code(mobile: string): Promise<string> {
  let found = ''
  await expect.poll(() => {
    const lines = readFileSync(process.env.QILIAN_SMS ?? '', 'utf8').trim().split('\n').filter((l) => l.includes(mobile))
    found = lines.length ? (/\d{6}/.exec((JSON.parse(lines[lines.length - 1]) as { text: string }).text)?.[0] ?? '') : ''
    return found
  }).not.toBe('')
  return found
}

export async function settled(page: Page) {
  await page.waitForLoadState('domcontentloaded')
  await expect(page.locator('h1').first()).toBeVisible()
  await expect(page.getByText(/^(正在载入…|Loading…)$/)).toHaveCount(0)
}

interface Violation { id: string; impact: string; help: string; nodes: { target: string[]; failureSummary: string }[] }
/** None tolerated, whatever the impact. */
export async function accessible(page: Page, where = '') {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => (await (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run()).violations)
  expect.soft(found.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`), where).toEqual([])
}

export async function noSideways(page: Page, where = '') {
  expect.soft(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), where).toBeLessThanOrEqual(0)
}
