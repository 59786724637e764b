// The table that all lists are: how many there are, order, pages, columns, what was chosen over pages, what others do
// meanwhile, hundreds of rows; by keyboard, in both languages, wide and narrow.
import { type Page } from '@playwright/test'
import { accessible, at, expect, noSideways, PHONE, settled, signIn, test, WIDE } from './base'
import { Trials } from './trial'

const LONG = '面向县域中小企业的数字化转型诊断、设备上云、产线改造与人员培训一体化公共服务及配套政策申报辅导'
  .repeat(3)
  .slice(0, 119)
/** So many rows with names as long and prices as large as there are. */
async function heavy(page: Page, count: number) {
  const trials = new Trials()
  for (let i = count; i > 0; i--)
    trials.add({
      title: `${LONG.slice(0, 115)}${String(i).padStart(4, '0')}`,
      number: `TR-${i}`,
      kind: i % 2 ? 'online' : 'onsite',
      price: 999999999900 - i,
      budget: 123456789012,
      begins_on: '2026-05-06',
      phase: i % 10 ? 'active' : 'draft',
      step: i % 10 ? 'active' : 'draft',
    })
  await trials.serve(page)
  return trials
}
const table = (page: Page) => page.getByRole('table')
const rows = (page: Page) => page.locator('tbody tr[data-id]')
const first = (page: Page) => rows(page).first().locator('td.lead')

test('how many there are, in which order, on which page', async ({ page, context }) => {
  await signIn(context, 'lishui', 'reviewer_a')
  await heavy(page, 230)
  await page.goto(at('lishui', '/desk/records/trials'))
  await settled(page)
  await expect(page.getByText('共 230 项')).toBeVisible()
  await expect(rows(page)).toHaveCount(50)
  await expect(first(page)).toContainText('0001')
  const head = page.getByRole('columnheader', { name: '价格' })
  await expect(head).toHaveAttribute('aria-sort', 'none')
  await head.getByRole('button').click()
  await expect(head).toHaveAttribute('aria-sort', 'ascending')
  await expect(first(page)).toContainText('0230')
  await head.getByRole('button').click()
  await expect(head).toHaveAttribute('aria-sort', 'descending')
  await expect(page).toHaveURL(/sort=-price/)
  await head.getByRole('button').click()
  await expect(head).toHaveAttribute('aria-sort', 'none')
  await page.getByRole('button', { name: '第 4 页' }).click()
  await expect(first(page)).toContainText('0151')
  await page.getByRole('button', { name: '显示更多' }).click()
  await expect(rows(page)).toHaveCount(80)
  await page.getByLabel('每页条数').selectOption('20')
  await expect(rows(page)).toHaveCount(20)
  await page.getByLabel('跳至第几页').fill('12')
  await page.getByLabel('跳至第几页').press('Enter')
  await expect(first(page)).toContainText('0221')
  await page.reload()
  await settled(page)
  await expect(rows(page)).toHaveCount(20) // the size is remembered
  // Filters as chips, phases with their counts.
  await page.getByRole('button', { name: /^草稿 23$/ }).click()
  await expect(page.getByText('共 23 项')).toBeVisible()
  await page.getByRole('button', { name: '取消筛选 状态：草稿' }).click()
  await expect(page.getByText('共 230 项')).toBeVisible()
  await page.getByLabel('状态').selectOption('active')
  await page.getByRole('button', { name: '重置' }).click()
  await expect(page).not.toHaveURL(/phase/)
})

test('what is chosen stays over pages, and all of the filter can be', async ({ page, context }) => {
  await signIn(context, 'lishui', 'reviewer_a')
  await heavy(page, 230)
  await page.goto(at('lishui', '/desk/records/trials'))
  await settled(page)
  await rows(page).nth(0).getByRole('checkbox').check()
  await page.getByRole('button', { name: '第 2 页' }).click()
  await expect(first(page)).toContainText('0051')
  await rows(page).nth(9).getByRole('checkbox').check() // 0060, a draft, which "accept" refuses
  await expect(page.getByText('已选 2 项')).toBeVisible()
  await page.getByRole('button', { name: '接单' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '接单' }).click()
  const told = page.locator('.notice').filter({ hasText: '1 项已办理，1 项未能办理' })
  await expect(told).toBeFocused()
  await expect(told.getByRole('listitem').first()).toContainText('当前环节不能进行此操作')
  await table(page).getByRole('checkbox', { name: '全选' }).check()
  await expect(page.getByText('已选 50 项')).toBeVisible()
  await page.getByRole('button', { name: '选中全部 230 项' }).click()
  await expect(page.getByText('已选中当前筛选的全部 230 项')).toBeVisible()
  await page.getByRole('button', { name: '接单' }).click()
  await expect(page.getByRole('dialog')).toContainText('230')
  await accessible(page)
  await page.getByRole('dialog').getByRole('button', { name: '接单' }).click()
  await expect(page.getByText('206 项已办理，24 项未能办理')).toBeVisible()
  await expect(page.getByText('已选')).toHaveCount(0)
})

test('columns, density and views are as one set them, also after coming again', async ({ page, context }) => {
  await signIn(context, 'lishui', 'reviewer_a')
  await heavy(page, 30)
  await page.goto(at('lishui', '/desk/records/trials?phase=active'))
  await settled(page)
  await page.getByRole('button', { name: '列设置' }).click()
  const panel = page.getByRole('group', { name: '列设置' })
  await expect(panel).toBeVisible()
  await accessible(page)
  await panel.getByRole('checkbox', { name: '方式' }).uncheck()
  await panel.getByRole('checkbox', { name: '会面时间' }).check()
  await panel.getByRole('button', { name: /^前移 价格/ }).click()
  await panel.getByRole('checkbox', { name: '紧凑显示' }).check()
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect(page.getByRole('button', { name: '列设置' })).toBeFocused()
  await page.getByRole('button', { name: '常用视图' }).click()
  await page.getByLabel('把当前筛选、排序和列保存为').fill('进行中的')
  await page.getByLabel('把当前筛选、排序和列保存为').press('Enter')
  await page.goto(at('lishui', '/desk/records/trials'))
  await settled(page)
  await expect(page.getByRole('columnheader', { name: '方式' })).toHaveCount(0)
  await expect(page.getByRole('columnheader', { name: '会面时间' })).toHaveCount(1)
  await page.getByRole('button', { name: /常用视图/ }).click()
  await page.getByRole('button', { name: '进行中的', exact: true }).click()
  await expect(page).toHaveURL(/phase=active/)
})

test('five hundred rows and more: drawn as they are looked at, counted for who hears them', async ({
  page,
  context,
}) => {
  test.setTimeout(180_000)
  await signIn(context, 'lishui', 'reviewer_a')
  await heavy(page, 700)
  await page.goto(at('lishui', '/desk/records/trials'))
  await settled(page)
  await page.getByLabel('每页条数').selectOption('200')
  for (const n of [400, 600, 700]) {
    await page.getByRole('button', { name: '显示更多' }).click()
    await expect(page.getByRole('button', { name: '显示更多' })).toHaveCount(n === 700 ? 0 : 1)
  }
  await expect(table(page)).toHaveAttribute('aria-rowcount', '701')
  expect(await rows(page).count()).toBeLessThan(120)
  // By keyboard to the end of it and back: each stop is there and in its place.
  const link = rows(page).first().getByRole('link')
  await link.focus()
  for (let i = 0; i < 80; i++) await page.keyboard.press('Tab')
  const at80 = await page.evaluate(() =>
    Number(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex') ?? 0),
  )
  expect(at80).toBeGreaterThan(35)
  const box = page.locator('.scroll')
  await box.evaluate((e) => e.scrollTo(0, e.scrollHeight))
  await expect(page.locator('tr[aria-rowindex="701"]')).toBeVisible()
  // What had the focus is still there, and has it.
  expect(
    await page.evaluate(() => Number(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex') ?? 0)),
  ).toBe(at80)
  await accessible(page)
})

for (const [name, size] of [
  ['wide', WIDE],
  ['narrow', PHONE],
] as const)
  for (const lang of ['zh', 'en'])
    test(`heavy rows ${name} in ${lang}`, async ({ page, context }) => {
      await signIn(context, 'lishui', 'reviewer_a')
      await page.setViewportSize(size)
      await page.addInitScript((l) => localStorage.setItem('qilian.lang', l), lang)
      await heavy(page, 60)
      await page.goto(at('lishui', '/desk/records/trials'))
      await settled(page)
      await page.getByRole('checkbox').nth(1).check()
      await accessible(page)
      await noSideways(page)
    })

test('nobody loses a place by what others do, nor by coming back; all of a filter is done by the real server', async ({
  page,
  context,
  as,
}) => {
  test.setTimeout(120_000)
  await signIn(context, 'zhejiang', 'platform_admin_a')
  const post = (p: Page, title: string) =>
    p.evaluate(async (said) => {
      const answer = await fetch('/api/v1/announcements', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ title: said }),
      })
      return answer.status
    }, title)
  await page.goto(at('zhejiang', '/desk/announcements'))
  await settled(page)
  for (let i = 1; i <= 75; i++) expect(await post(page, `停机公告 ${i}`)).toBe(201)
  await page.goto(at('zhejiang', '/desk/announcements?q=停机公告'))
  await settled(page)
  await page.getByRole('button', { name: '显示更多' }).click()
  await expect(rows(page)).toHaveCount(75)
  const top = await first(page).textContent()
  const colleague = await as('zhejiang', 'platform_admin_a')
  await colleague.goto(at('zhejiang', '/desk/announcements'))
  await settled(colleague)
  for (const n of [76, 77, 78]) expect(await post(colleague, `停机公告 ${n}`)).toBe(201)
  await expect(page.getByRole('button', { name: '3 条新内容，点击载入' })).toBeVisible({ timeout: 20_000 })
  await expect(rows(page)).toHaveCount(75)
  await expect(first(page)).toHaveText(top!)
  await page.getByRole('button', { name: '3 条新内容，点击载入' }).click()
  await expect(first(page)).toContainText('停机公告 78')
  await page.getByRole('button', { name: '显示更多' }).click()
  await expect(rows(page)).toHaveCount(78)
  // Away by a link, and back: all rows that were shown, where they were.
  await page.locator('.scroll').evaluate((e) => e.scrollTo(0, 1200))
  await page.locator('#side').getByRole('link', { name: '入驻受理' }).click()
  await settled(page)
  await page.goBack()
  await settled(page)
  await expect(rows(page)).toHaveCount(78)
  await expect.poll(() => page.locator('.scroll').evaluate((e) => e.scrollTop)).toBeGreaterThan(800)
  // All of a filter, by the real server.
  await table(page).getByRole('checkbox', { name: '全选' }).check()
  await page.getByRole('button', { name: '发布', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click()
  await expect(page.getByText('78 项已办理')).toBeVisible({ timeout: 30_000 })
})
