// ZJ-6 from both ends: the province issues a code with its picture, a telephone that reads the picture comes to the
// page with the code in it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import { accessible, at, expect, facts, noSideways, settled, signIn, test } from './base'

const reader = readFileSync(createRequire(__filename).resolve('jsqr/dist/jsQR.js'), 'utf8')

/** What a telephone would read from a picture. */
async function read(page: Page, picture: string): Promise<string | undefined> {
  await page.evaluate(reader)
  return await page.evaluate(async (src) => {
    const image = new Image()
    image.src = src
    await image.decode()
    const side = 400,
      paper = document.createElement('canvas')
    paper.width = paper.height = side
    const pen = paper.getContext('2d')!
    pen.drawImage(image, 0, 0, side, side)
    return (window as unknown as { jsQR(d: Uint8ClampedArray, w: number, h: number): { data: string } | null }).jsQR(
      pen.getImageData(0, 0, side, side).data,
      side,
      side,
    )?.data
  }, picture)
}

test('an invitation shows its link as a picture, to download too; the picture leads to the code', async ({
  page,
  context,
  browser,
}) => {
  await signIn(context, 'zhejiang', 'reviewer_a')
  await page.goto(at('zhejiang', '/desk/invitations'))
  await settled(page)
  await page.getByRole('button', { name: '发出邀约', exact: true }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('统一社会信用代码').fill(facts.invited)
  await drawer.getByLabel('机构').fill('受邀扫码检测有限公司')
  await drawer.getByLabel('手机号').fill('13912345678')
  await drawer.getByRole('button', { name: '发出邀约' }).click()
  const sheet = page.getByRole('status').filter({ hasText: '邀约码仅显示这一次' })
  const link = await sheet.getByRole('link').innerText()
  expect(link).toMatch(/\/join-by-code#[0-9A-Z-]{19}$/)
  const picture = sheet.getByRole('img', { name: '受邀扫码检测有限公司的邀约二维码' })
  await expect(picture).toBeVisible()
  expect(await read(page, (await picture.getAttribute('src'))!)).toBe(link)
  const saved = page.waitForEvent('download')
  await sheet.getByRole('button', { name: '下载二维码图片' }).click()
  const png = readFileSync(await (await saved).path())
  expect(await read(page, `data:image/png;base64,${png.toString('base64')}`)).toBe(link)
  await accessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await noSideways(page)

  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const seen = await phone.newPage()
  const told = seen.waitForResponse((r) => r.url().endsWith('/api/v1/invitations/opened'))
  await seen.goto(link)
  await expect(seen.getByLabel('邀约码')).toHaveValue(link.split('#')[1])
  expect((await told).status()).toBe(204)
  await phone.close()

  await page.setViewportSize({ width: 1440, height: 900 })
  await page.reload()
  const row = page.getByRole('row', { name: /受邀扫码检测有限公司/ })
  await expect(row).toContainText('已打开')
  // A new code is another picture; the sheet takes the place of the old one.
  await row.getByRole('button', { name: /重新发出/ }).click()
  const again = await sheet.getByRole('link').innerText()
  expect(again).not.toBe(link)
  expect(await read(page, (await picture.getAttribute('src'))!)).toBe(again)
})
