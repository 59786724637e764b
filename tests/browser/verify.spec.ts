// A paper of the platform, dropped onto the public page by whoever holds it: the same, not the same, not known.
import { readFileSync } from 'node:fs'
import { type Page } from '@playwright/test'
import { at, expect, facts, look, noKeys, settled, test } from './base'

/** The file of a case, as the reviewer keeps it. */
async function paper(page: Page) {
  const wait = page.waitForEvent('download')
  await page.evaluate((id) => {
    const link = document.createElement('a')
    link.href = `/api/v1/cases/${id}/file.pdf?lang=zh`
    link.download = ''
    link.click()
  }, facts.cases.approved.id)
  return readFileSync(await (await wait).path())
}
const choose = (page: Page, buffer: Buffer) =>
  page.locator('input[type=file]').setInputFiles({ name: '案卷.pdf', mimeType: 'application/pdf', buffer })

test('whoever holds a paper learns whether it is the one that was issued', async ({ page, as }) => {
  const desk = await as('zhejiang', 'reviewer_a')
  await desk.goto(at('zhejiang', '/desk/cases'))
  const file = await paper(desk)
  const code = /\/verify\/([0-9A-Z]{16})\)/.exec(file.toString('latin1'))![1]!
  const english = await as('zhejiang', '', { locale: 'en-GB' })
  for (const [one, same, changed, unknown] of [
    [page, '核验一致', '核验不一致', '未查到'],
    [english, 'The same', 'Not the same', 'Not known'],
  ] as const) {
    await one.goto(at('zhejiang', '/verify'))
    await settled(one)
    await choose(one, file)
    await expect(one.getByRole('heading', { level: 2, name: same, exact: true })).toBeVisible()
    const forged = Buffer.from(file)
    forged[file.length - 20]! ^= 1
    await choose(one, forged)
    await expect(one.getByRole('heading', { level: 2, name: unknown, exact: true })).toBeVisible()
    await one.goto(at('zhejiang', `/verify/${code}`))
    await expect(one.getByRole('status').locator('dl')).toBeVisible()
    await choose(one, forged)
    await expect(one.getByRole('heading', { level: 2, name: changed, exact: true })).toBeVisible()
    await noKeys(one, 'verified')
    await look(one, 'verified')
  }
})

test('a file is dropped, and never leaves the browser', async ({ page, as }) => {
  const desk = await as('zhejiang', 'reviewer_a')
  await desk.goto(at('zhejiang', '/desk/cases'))
  const file = await paper(desk)
  await page.goto(at('zhejiang', '/verify'))
  await settled(page)
  const sent: string[] = []
  page.on('request', (request) => sent.push(`${request.method()} ${request.postDataBuffer()?.length ?? 0}`))
  const transfer = await page.evaluateHandle((bytes) => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(bytes)], '案卷.pdf', { type: 'application/pdf' }))
    return data
  }, Array.from(file))
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer })
  await expect(page.getByRole('heading', { level: 2, name: '核验一致' })).toBeVisible()
  expect(sent).toEqual(['GET 0'])
})
