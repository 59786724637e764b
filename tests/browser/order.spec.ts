// An order from the shelf to what both say of each other, by the buyer and the seller in a browser of each, wide and
// narrow, in both languages.
import { type Page } from '@playwright/test'
import { at, expect, facts, look, noKeys, settled, test } from './base'

const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const english = async (page: Page) => {
  await page.getByRole('button', { name: 'English', exact: true }).evaluate((b: HTMLElement) => b.click())
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
}
const chinese = async (page: Page) => {
  await page.getByRole('button', { name: '中文', exact: true }).evaluate((b: HTMLElement) => b.click())
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
}
/** Presses a button of the row, fills in what its dialog asks, and waits for the step that follows. */
async function act(page: Page, name: string, step: RegExp, form: Record<string, string> = {}) {
  await drawer(page).getByRole('button', { name, exact: true }).first().click()
  const dialog = page.locator('dialog[open]')
  await expect(dialog.or(drawer(page).locator('.state', { hasText: step })).first()).toBeVisible()
  if (await dialog.count()) {
    for (const [label, value] of Object.entries(form)) {
      await dialog.getByLabel(label).first().fill(value)
      await page.keyboard.press('Tab')
    }
    await dialog.getByRole('button', { name, exact: true }).click()
    await expect(dialog).toHaveCount(0)
  }
  await expect(drawer(page).locator('.state').first()).toContainText(step)
}
async function open(page: Page, area: string, plural: string, id: string) {
  await page.goto(at('lishui', `/${area}/records/${plural}/${id}`))
  await settled(page)
  await expect(drawer(page)).toBeVisible()
}
/** The page as it stands, in both languages, at both widths. */
async function both(page: Page, where: string) {
  await look(page, where)
  await english(page)
  await noKeys(page, `${where}, in English`)
  await look(page, `${where}, in English`)
  await chinese(page)
}

test('from the shelf to what both say of each other', async ({ as }) => {
  test.setTimeout(300_000)
  const buyer = await as('lishui', facts.enterprise),
    seller = await as('lishui', facts.member)
  await buyer.goto(at('lishui', '/robots.txt'))
  const listing = await buyer.evaluate(async () => {
    const found = await (await fetch('/api/v1/portal/listings?limit=50')).json()
    return (found as { items: { id: string; institution: { id: string; name: string } }[] }).items.find((one) =>
      one.institution.name.includes('云启'),
    )!
  })
  let order = ''

  await test.step('ordered from the page of the service', async () => {
    await buyer.goto(at('lishui', `/services/${listing.id}`))
    await settled(buyer)
    await buyer.locator('.acts a[href*="/enterprise/records/orders"]').click()
    const form = drawer(buyer)
    await expect(form).toBeVisible()
    await form.getByLabel('数量').fill('2')
    await form.getByLabel('需求说明').fill('两条产线的检测。')
    await form
      .getByLabel(/^联系人/)
      .first()
      .fill('钱采购')
    await form.getByLabel('联系手机').fill('13700000001')
    await form.getByRole('button', { name: '保存', exact: true }).click()
    await expect(drawer(buyer)).toContainText('草稿')
    order = /orders\/([0-9a-f-]{36})/.exec(buyer.url())![1]
    await act(buyer, '提交订单', /待接单/)
    await both(buyer, 'order sent')
  })

  await test.step('taken, planned, delivered', async () => {
    await open(seller, 'center', 'orders', order)
    await act(seller, '接单', /服务中|已接单/, { 成交价: '520', 开始日期: '2026-12-01', 完成日期: '2026-12-20' })
    await act(seller, '开始服务', /服务中/)
    await drawer(seller).getByRole('button', { name: '新建服务进度', exact: true }).click()
    await drawer(seller).getByLabel('进度节点').fill('现场检测')
    await drawer(seller).getByLabel('计划完成日期').fill('2026-12-10')
    await seller.keyboard.press('Tab')
    await drawer(seller).getByRole('button', { name: '保存', exact: true }).click()
    await expect(drawer(seller).getByRole('link', { name: '现场检测' })).toBeVisible()
    await both(seller, 'order in service')
    await act(seller, '交付', /待确认完成/, { 交付说明: '检测报告两份' })
  })

  await test.step('done, then accepted', async () => {
    await open(buyer, 'enterprise', 'orders', order)
    await act(buyer, '确认完成', /待验收/)
    await act(buyer, '验收', /已验收/)
    await both(buyer, 'order accepted')
  })

  await test.step('each writes, sealed until both have', async () => {
    for (const [page, area, text] of [
      [buyer, 'enterprise', '报告详细，按期交付。'],
      [seller, 'center', '需求清楚，配合及时。'],
    ] as const) {
      await page.goto(at('lishui', `/${area}/records/reviews`))
      await settled(page)
      await page
        .getByRole('main')
        .getByRole('link', { name: /^DD-331100-/ })
        .first()
        .click()
      await expect(drawer(page)).toBeVisible()
      await act(page, '评价', area === 'center' ? /已公开/ : /待公开/, { 总体评分: '5', 评价内容: text })
    }
    await both(seller, 'review shown')
  })

  await test.step('visitors read what the enterprise wrote, with the score', async () => {
    const visitor = await as('lishui', '')
    await visitor.goto(at('lishui', `/institutions/${listing.institution.id}`))
    await settled(visitor)
    await visitor.getByRole('tab', { name: /评价/ }).click()
    await expect(visitor.getByText('报告详细，按期交付。')).toBeVisible()
    await expect(visitor.getByText('需求清楚，配合及时。')).toHaveCount(0)
    await expect(visitor.locator('.whole strong')).toHaveText(/^\d+\.\d\d$/)
    await both(visitor, 'shop with reviews')
  })
})
