// A contract from its draft to its force, as the institution and the enterprise in two browsers, on pages that nobody
// wrote; its paper; what both see at 390 points and in English.
import { type Page } from '@playwright/test'
import { at, expect, facts, look, noKeys, settled, test } from './base'

const SHOTS = process.env.QILIAN_SHOTS
const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const button = (within: Pick<Page, 'getByRole'>, name: string) => within.getByRole('button', { name, exact: true })
const state = (page: Page) => drawer(page).locator('.state').first()
const shot = async (page: Page, name: string) => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` })
}
/** What the pages' own test does by hand: an order that was taken. */
async function send(page: Page, method: string, path: string, body?: object) {
  return page.evaluate(
    async ([m, p, b]) => {
      const version = m === 'POST' && p.endsWith('/events')
      const seen = version ? await fetch(`/api/v1${p.replace('/events', '')}`) : null
      const response = await fetch(`/api/v1${p}`, {
        method: m,
        headers: { 'Content-Type': 'application/json', ...(seen ? { 'If-Match': seen.headers.get('ETag')! } : {}) },
        ...(b ? { body: JSON.stringify(b) } : {}),
      })
      return (await response.json()) as Record<string, string> & { items: { id: string; name: string }[] }
    },
    [method, path, body] as const,
  )
}
async function open(page: Page, path: string) {
  await page.goto(at('lishui', path))
  await settled(page)
}
async function act(page: Page, name: string, reason?: string) {
  await button(drawer(page), name).click()
  const dialog = page.locator('dialog[open]')
  if (reason) await dialog.getByRole('textbox').first().fill(reason)
  await button(dialog, name).click()
}

test('a contract goes from its draft to its force between two sides', async ({ as }) => {
  test.setTimeout(240_000)
  const buyer = await as('lishui', facts.enterprise),
    seller = await as('lishui', facts.member)
  await open(buyer, '/enterprise')
  await open(seller, '/center')
  const listed = await send(buyer, 'GET', '/portal/listings?limit=50')
  const order = await send(buyer, 'POST', '/orders', {
    listing_id: listed.items.find((item) => item.name === '公共检测平台机时预约')!.id,
    quantity: 2,
    contact_name: '赵经办',
    contact_mobile: '13812340001',
    requirements: '光谱检测两批，出具报告。',
  })
  await send(buyer, 'POST', `/orders/${order.id}/events`, { event: 'apply' })
  await send(seller, 'POST', `/orders/${order.id}/events`, {
    event: 'accept',
    price: 5200000,
    starts_on: '2026-12-10',
    ends_on: '2026-12-20',
  })

  await open(seller, `/center/records/contracts?new=1&order_id=${order.id}`)
  await drawer(seller)
    .getByLabel(/^乙方签约代表/)
    .fill('李机构')
  await button(drawer(seller), '保存').click()
  await expect(state(seller)).toContainText('乙方起草')
  await expect(drawer(seller)).toContainText('¥52,000')
  await expect(drawer(seller).getByRole('link', { name: 'PDF' })).toBeVisible()
  await look(seller, 'a contract as a draft')
  await shot(seller, 'draft-zh-1440')
  await act(seller, '送甲方补充')
  await expect(state(seller)).toContainText('待甲方补充')

  await open(buyer, '/enterprise/records/contracts')
  await buyer.locator('main').getByRole('table').getByRole('link', { name: /^HT-/ }).first().click()
  await expect(state(buyer)).toContainText('待甲方补充')
  await act(buyer, '补充完毕')
  await expect(buyer.locator('dialog[open]').getByRole('alert').first()).toContainText('甲方类型')
  await button(buyer.locator('dialog[open]'), '取消').click()
  await button(drawer(buyer), '编辑').click()
  await drawer(buyer)
    .getByLabel(/^甲方签约代表/)
    .fill('赵经办')
  const kind = drawer(buyer).getByRole('combobox', { name: /^甲方类型/ })
  await kind.focus()
  await buyer.keyboard.press('Enter')
  await buyer.getByRole('option', { name: '大型企业' }).filter({ visible: true }).first().click()
  await button(drawer(buyer), '保存').click()
  await act(buyer, '补充完毕')
  await expect(state(buyer)).toContainText('待双方确认')
  await act(buyer, '确认合同')
  await expect(state(buyer)).toContainText('甲方已确认')
  // Nobody writes in it now.
  await expect(button(drawer(buyer), '编辑')).toHaveCount(0)
  await expect(button(drawer(seller), '确认合同并生成文件')).toBeVisible()
  await expect(button(drawer(seller), '编辑')).toHaveCount(0)
  await act(seller, '确认合同并生成文件')
  await expect(state(seller)).toContainText('待签署')
  await look(seller, 'a contract that both agreed on')
  await shot(seller, 'agreed-zh-1440')

  const wait = seller.waitForEvent('download')
  await drawer(seller).getByRole('link', { name: 'PDF' }).click()
  const file = await (await wait).path()
  const visitor = await as('lishui', '')
  await open(visitor, '/verify')
  await visitor.locator('input[type=file]').setInputFiles(file)
  await expect(visitor.getByRole('heading', { level: 2, name: '核验一致' })).toBeVisible()
  await expect(visitor.getByRole('status')).toContainText('合同')
  await shot(visitor, 'verify-zh-1440')

  await drawer(seller)
    .getByLabel('上传已签署盖章的扫描件')
    .setInputFiles({
      name: '签署件.pdf',
      mimeType: 'application/pdf',
      buffer: (await import('node:fs')).readFileSync(file),
    })
  await expect(drawer(seller).getByRole('link', { name: '签署件.pdf' })).toBeVisible()
  await act(seller, '签署件已上传')
  await act(seller, '提交')
  await expect(state(seller)).toContainText('已提交')
  await expect(button(drawer(buyer), '确认生效')).toBeVisible()
  await act(buyer, '确认生效')
  await expect(state(buyer)).toContainText('已生效')
  await look(buyer, 'a contract in force')
  await buyer.getByRole('button', { name: 'English', exact: true }).evaluate((b: HTMLElement) => b.click())
  await expect(state(buyer)).toContainText('In force')
  await noKeys(buyer, 'a contract in force')
  await shot(buyer, 'effective-en-1440')
  await buyer.setViewportSize({ width: 390, height: 844 })
  await shot(buyer, 'effective-en-390')
})
