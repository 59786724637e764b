// The institution's shelf: the matrix with much in it, and a live product that is edited as a draft.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, look, noKeys, noSideways, PHONE, settled, test } from './base'

const seller = facts.walkers.seller.login
const LONG = '面向中小制造企业的智能工厂规划、设备联网改造、生产数据看板与供应链协同一体化服务'.repeat(4).slice(0, 119)
const REVIEWING = ['杭州市企业服务平台', '龙泉市企业服务平台']

/** Asks the server as the person of the page does. */
const ask = <T>(page: Page, method: string, path: string, body?: object, version?: number): Promise<T> =>
  page.evaluate(
    async ({ method, path, body, version }) => {
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers: {
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...(version ? { 'If-Match': `"${version}"` } : {}),
        },
        body: body && JSON.stringify(body),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return answer.status === 204 ? null : await answer.json()
    },
    { method, path, body, version },
  )
interface Made {
  id: string
  version: number
}
const PRODUCT = { category: 'digital', pricing: 'fixed', price: 26000, price_unit: '次', summary: '上门服务。' }

test('sixty products on many platforms: compact, filtered by state with counts, selected as a whole', async ({
  as,
}) => {
  test.setTimeout(180_000)
  const page = await as('lishui', facts.member)
  await page.goto(at('lishui', '/center'))
  await settled(page)
  for (let i = 0; i < 60; i++)
    await ask<Made>(page, 'POST', '/products', {
      ...PRODUCT,
      name: i === 59 ? LONG : `批量产品 ${String(i).padStart(2, '0')}`,
      ...(i === 58 ? { pricing: 'range', price: 123456789012, price_high: 999999999900 } : {}),
    })
  await page.goto(at('lishui', '/center/matrix'))
  await settled(page)
  await expect(page.getByText('共 63 个产品')).toBeVisible()
  const table = page.getByRole('region', { name: '上架总览' })
  const line = table.getByRole('row', { name: /批量产品 58/ })
  await expect(line).toContainText('1,234,567,890.12–9,999,999,999 元/次')
  expect((await line.boundingBox())!.height).toBeLessThanOrEqual(45)
  // Few rows are drawn, all are counted, and the last is reached by scrolling; head and names stay.
  await expect(table.getByRole('table')).toHaveAttribute('aria-rowcount', '64')
  expect(await table.getByRole('row').count()).toBeLessThan(45)
  await look(page, 'a long matrix')
  await noKeys(page, 'a long matrix')
  await table.evaluate((e) => e.scrollTo(0, e.scrollHeight))
  await expect(table.getByRole('row', { name: /公共检测平台机时预约/ })).toBeInViewport()
  await expect(table.getByRole('columnheader', { name: /丽水市/ })).toBeInViewport()
  await expect(page.getByRole('button', { name: /请至少勾选/ })).toBeInViewport()
  // By state; a filter that nothing fits says so.
  await page.getByRole('button', { name: /^未上架 \d+$/ }).click()
  await expect(table.getByRole('row', { name: /公共检测平台机时预约/ })).toHaveCount(0)
  await page.getByRole('button', { name: /^在架 \d+$/ }).click()
  await expect(table.getByRole('row', { name: /公共检测平台机时预约/ })).toBeVisible()
  await page.getByRole('searchbox').fill('没有这样的产品')
  await page.getByRole('searchbox').press('Enter')
  await expect(page.getByText('没有符合条件的服务产品。')).toBeVisible()
  await page.getByRole('button', { name: '清除筛选' }).click()
  await page.getByRole('searchbox').fill('批量产品')
  await page.getByRole('searchbox').press('Enter')
  await expect(page.getByText('共 59 个产品')).toBeVisible()
  await page.getByRole('checkbox', { name: '选择全部 59 个产品' }).check()
  await table
    .getByRole('columnheader', { name: /丽水市/ })
    .getByRole('checkbox')
    .check()
  await page.getByRole('button', { name: '上架 59 个产品到 1 个平台' }).click()
  await expect(page.getByRole('heading', { name: '办理结果' })).toBeVisible()
  await expect(page.getByRole('button', { name: '在架 59' })).toBeVisible({ timeout: 20_000 })

  // On a telephone by product, folded.
  const phone = await as('lishui', facts.member, { viewport: PHONE })
  await phone.goto(at('lishui', '/center/matrix?product=none'))
  await settled(phone)
  const card = phone.getByRole('listitem').filter({ hasText: LONG })
  await expect(card.getByRole('button', { name: /浙江省/ })).toHaveCount(0)
  await card.locator('summary').click()
  await expect(card.getByRole('button', { name: /浙江省企业服务综合平台.*未上架/ })).toBeVisible()
  await accessible(phone, 'matrix on a telephone')
  await noSideways(phone, 'matrix on a telephone')
  await phone.close()
  for (const row of (await ask<{ products: Made[] }>(page, 'GET', '/publication-matrix?q=%E6%89%B9%E9%87%8F&limit=100'))
    .products)
    await ask(page, 'POST', `/products/${row.id}/delete`, {})
})

test('a live product is edited as a draft; saving says before what it does where, and does it', async ({ as }) => {
  test.setTimeout(120_000)
  const page = await as('lishui', seller),
    desk = await as('hangzhou', 'reviewer_a')
  await page.goto(at('lishui', '/center/products/new'))
  await settled(page)
  const name = `草稿试验 ${Date.now()}`
  await page.getByLabel('服务产品名称').fill(name)
  await page.getByRole('combobox', { name: '服务类别' }).press('Enter')
  await page.getByRole('option').first().click()
  await page.getByRole('combobox', { name: '定价方式' }).press('Enter')
  await page.getByRole('option', { name: '面议' }).click()
  // A picture before there is a product; and what a shelf needs is said before.
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  await page.locator('#pictures').setInputFiles({ name: '封面.png', mimeType: 'image/png', buffer: png })
  await expect(page.getByRole('img', { name: '已选图片：封面.png' })).toBeVisible()
  await page.getByRole('button', { name: '保存并上架到…' }).click()
  const where = page.getByRole('dialog')
  await expect(where.getByRole('alert')).toContainText('请填写简介或详细介绍')
  await look(page, 'publish, something missing')
  await page.keyboard.press('Escape')
  await page.getByLabel('简介').fill('原来的简介。')
  await page.getByRole('button', { name: '保存并上架到…' }).click()
  await expect(where.getByRole('listitem').filter({ hasText: '丽水市' })).toContainText('立即上架')
  for (const platform of REVIEWING)
    await expect(where.getByRole('listitem').filter({ hasText: platform })).toContainText('须审核，通过后上架')
  await where.getByRole('button', { name: '保存并上架到 3 个平台' }).click()
  const done = page.getByRole('status').filter({ has: page.getByRole('heading', { name: '已保存并提交上架' }) })
  await expect(done).toContainText('丽水市企业服务平台：')
  await expect(done).toContainText('杭州市企业服务平台：等待审核')
  await look(page, 'listed')
  await done.getByRole('button', { name: '继续编辑' }).click()
  await expect(page.getByRole('img', { name: '第 1 张图片' })).toBeVisible()

  await desk.goto(at('hangzhou', '/desk/listings'))
  await desk.getByRole('checkbox', { name: new RegExp(name) }).check()
  await desk.getByRole('button', { name: '通过并上架', exact: true }).click()
  await desk.locator('dialog[open]').getByRole('button', { name: '通过并上架', exact: true }).click()
  await expect(desk.getByRole('status').first()).toContainText('在架')

  // Changed and kept: nobody else sees it; another window of the institution does.
  await page.reload()
  await settled(page)
  await page.getByLabel('简介').fill('草稿中的简介。')
  await expect(page.getByText('该产品在 2 个平台在架：保存后 1 个立即更新，2 个重新送审')).toBeVisible()
  await look(page, 'what saving would do')
  await page.getByRole('button', { name: '存为草稿' }).click()
  await expect(page.getByText('草稿已保存，只有本机构能看到')).toBeVisible()
  const shown = async () => {
    const visitor = await as('lishui', '')
    await visitor.goto(at('lishui', `/services?q=${encodeURIComponent(name)}`))
    await expect(visitor.locator('main').getByRole('link', { name: new RegExp(name) })).toBeVisible()
    const text = await visitor.locator('main').innerText()
    await visitor.close()
    return text
  }
  expect(await shown()).toContain('原来的简介。')
  const other = await as('lishui', seller)
  await other.goto(page.url())
  await settled(other)
  await expect(other.getByLabel('简介')).toHaveValue('草稿中的简介。')
  await other.getByRole('button', { name: '查看差异' }).click()
  await expect(other.getByRole('row', { name: /简介/ })).toContainText('原来的简介。')
  await look(other, 'a draft beside what is shown')
  await noKeys(other, 'a draft')

  // Published from there, it is what visitors see; the first window is told when it saves on.
  await other.getByRole('button', { name: '保存并更新各平台' }).click()
  await expect(other.getByText('已保存。1 个立即更新，2 个重新送审')).toBeVisible()
  await expect.poll(shown, { timeout: 15_000 }).toContain('草稿中的简介。')
  await page.getByLabel('简介').fill('另一窗口的草稿。')
  await page.getByRole('button', { name: '存为草稿' }).click()
  await expect(page.getByText('资料已被他人修改')).toBeVisible()
  await page.getByRole('button', { name: '载入最新内容并保留我的修改' }).click()
  await page.getByRole('button', { name: '存为草稿' }).click()
  await expect(page.getByText('草稿已保存')).toBeVisible()
  await page.getByRole('button', { name: '放弃草稿' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '放弃草稿' }).click()
  await expect(page.getByText('草稿已放弃。')).toBeVisible()
  await expect(page.getByLabel('简介')).toHaveValue('草稿中的简介。')

  // Taken off: what can be undone at once and what cannot.
  await page.goto(at('lishui', '/center/matrix'))
  await settled(page)
  await page
    .getByRole('row', { name: new RegExp(name) })
    .getByRole('checkbox')
    .check()
  for (const platform of ['丽水市', '杭州市'])
    await page
      .getByRole('columnheader', { name: new RegExp(platform) })
      .getByRole('checkbox')
      .check()
  await page.getByRole('button', { name: '下架 2 处' }).click()
  const asked = page.getByRole('dialog')
  await expect(asked).toContainText('可以撤销：在 丽水市企业服务平台')
  await expect(asked).toContainText('不能撤销：杭州市企业服务平台')
  await look(page, 'delist')
  await asked.getByRole('button', { name: '下架', exact: true }).click()
  await expect(page.getByText('另有 1 处须重新提交审核')).toBeVisible()
  await page.getByRole('button', { name: '撤销：立即重新上架 1 处' }).click()
  await expect(page.getByRole('button', { name: new RegExp(`${name} 在 丽水市企业服务平台：在架`) })).toBeVisible()
  await expect(page.getByRole('button', { name: new RegExp(`${name} 在 杭州市企业服务平台：已下架`) })).toBeVisible()
})

test('what was returned is heard by name, with the opinion; its version is called so', async ({ as }) => {
  const page = await as('lishui', seller),
    desk = await as('longquan', 'reviewer_a')
  await page.goto(at('lishui', '/center'))
  await settled(page)
  const name = `退回试验 ${Date.now()}`
  const made = await ask<Made>(page, 'POST', '/products', { ...PRODUCT, name })
  await ask(page, 'POST', '/products/publish', { products: [made.id], platforms: ['longquan'] })
  await desk.goto(at('longquan', '/desk/listings'))
  await desk.getByRole('link', { name }).click()
  await desk.locator('.el-drawer').getByRole('button', { name: '退回修改', exact: true }).click()
  await desk.locator('dialog[open]').getByLabel('意见').fill('请补充收费依据。')
  await desk.locator('dialog[open]').getByRole('button', { name: '退回修改', exact: true }).click()
  await page.goto(at('lishui', '/center/matrix'))
  const cell = page.getByRole('button', {
    name: new RegExp(`^${name} 在 龙泉市企业服务平台：已退回 .*请补充收费依据。`),
  })
  await expect(cell).toBeVisible()
  await accessible(page, 'a returned cell')
  await cell.click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('退回的版本')
  await expect(dialog).not.toContainText('待审版本')
  await expect(dialog).toContainText('修改后重新提交')
  await dialog.getByRole('button', { name: '查看差异' }).click()
  await expect(dialog.getByText('内容一致，没有差异。')).toBeVisible()
  await look(page, 'a returned cell, opened')
  await page.keyboard.press('Escape')
  await ask(page, 'POST', `/products/${made.id}/delete`, {})
})
