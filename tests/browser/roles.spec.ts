// Where two roles act: side by side, each in a browser of its own, and what the one does the other sees without a
// reload.
import { type Page } from '@playwright/test'
import { at, expect, facts, PHONE, settled, test } from './base'

const go = async (page: Page, slug: string, path: string) => {
  await page.goto(at(slug, path))
  await settled(page)
}
const button = (within: Pick<Page, 'getByRole'>, name: string | RegExp) =>
  within.getByRole('button', { name, exact: true })
const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const dialog = (page: Page) => page.locator('dialog[open]')
const row = (page: Page, name: string) => page.getByRole('row', { name })

async function recommend(city: Page, who: { name: string; uscc: string }) {
  await go(city, 'lishui', `/desk/institutions?q=${who.uscc}`)
  await button(city, `推荐 ${who.name}`).click()
  await drawer(city).getByLabel('推荐理由').fill('服务能力强，企业评价好。')
  await expect(drawer(city)).toContainText('可推荐')
  await button(drawer(city), '提交推荐').click()
  await expect(drawer(city)).toContainText(`已推荐：${who.name}`)
  await city.keyboard.press('Escape')
  await expect(row(city, who.name)).toContainText('审核中')
}

test('a city recommends, the province asks both for more and approves; another is withdrawn', async ({ as }) => {
  test.setTimeout(180_000)
  const { recommended, withdrawn } = facts.walkers
  const city = await as('lishui', 'reviewer_a'),
    province = await as('zhejiang', 'reviewer_a'),
    owner = await as('lishui', recommended.login)
  await recommend(city, recommended)
  await go(province, 'zhejiang', '/desk/cases')
  await province.getByRole('link', { name: recommended.name }).click()
  await button(province, '领取').click()
  await expect(province.locator('main')).toContainText('已领取')
  await button(province, '要求补正').click()
  for (const [i, to, item] of [
    [0, '推荐平台', '推荐理由'],
    [1, '机构', '年报'],
  ] as const) {
    if (i) await button(drawer(province), '再加一项').click()
    const group = drawer(province).getByRole('group').nth(i)
    await group.getByLabel('由谁补正').selectOption({ label: to })
    await group.getByLabel('事项').fill(item)
    await group.getByLabel('补正要求').fill(`请补充${item}。`)
  }
  await button(drawer(province), '核对').click()
  await button(drawer(province), '发出').click()
  await expect(province.locator('main')).toContainText('待补正')

  await go(city, 'lishui', '/desk')
  await row(city, recommended.name).getByRole('link').click()
  await city.getByLabel('答复').fill('近一年服务企业 150 家。')
  await button(city, '核对').click()
  await button(city, '提交答复').click()
  await go(city, 'lishui', `/desk/institutions?q=${recommended.uscc}`)
  await go(owner, 'lishui', '/center/platforms')
  await owner.getByLabel('答复').fill('上年收入 900 万元。')
  await button(owner, '答复').click()

  // Two answer, each in their own time.
  await expect(province.getByText('此件已被他人更新')).toBeVisible()
  await expect(async () => {
    await button(province, '载入最新内容').click({ timeout: 2000 })
    await expect(button(province, '通过')).toBeVisible({ timeout: 1000 })
  }).toPass()
  await expect(province.locator('main')).toContainText('近一年服务企业 150 家。')
  await button(province, '通过').click()
  await dialog(province).getByLabel('意见').fill('符合入驻条件')
  await button(dialog(province), '通过').click()
  await expect(province.locator('main')).toContainText('已通过')
  await expect(row(city, recommended.name).getByText('是', { exact: true })).toBeVisible()

  await recommend(city, withdrawn)
  await go(province, 'zhejiang', '/desk/cases')
  await expect(row(province, withdrawn.name)).toBeVisible()
  await button(city, `取消推荐 ${withdrawn.name}`).click()
  await dialog(city).getByLabel('意见').fill('材料有误，更正后再推荐。')
  await button(dialog(city), '取消推荐').click()
  await expect(button(city, `推荐 ${withdrawn.name}`)).toBeVisible()
  // A row that has gone stays marked where somebody reads; whoever comes anew does not find it.
  await go(province, 'zhejiang', '/desk/cases')
  await expect(row(province, withdrawn.name)).toHaveCount(0)
})

test('the province invites, by a code and by a link: the owner uses it and is admitted', async ({ as }) => {
  test.setTimeout(120_000)
  const province = await as('zhejiang', 'reviewer_a')
  await go(province, 'zhejiang', '/desk/invitations')
  for (const key of ['by_code', 'by_link'] as const) {
    const who = facts.walkers[key],
      owner = await as('lishui', who.login)
    await button(province, '发出邀约').click()
    await drawer(province).getByLabel(/^机构/).fill(who.name)
    await drawer(province).getByLabel('统一社会信用代码').fill(who.uscc)
    await drawer(province).getByLabel('手机号').fill(who.mobile)
    await button(drawer(province), '发出邀约').click()
    await expect(drawer(province)).toHaveCount(0)
    const notice = province.getByRole('status').filter({ hasText: '邀约码仅显示这一次' })
    if (key === 'by_code') {
      await go(owner, 'lishui', '/center/platforms')
      await owner.getByRole('link', { name: /^可凭邀约码入驻.*浙江省/ }).click()
      await owner.getByLabel('邀约码', { exact: true }).fill((await notice.locator('.code').innerText()).toLowerCase())
    } else {
      // The link leads to the province, where the owner has no account; it offers the ways home and carries the code
      // along.
      const link = (await notice.getByRole('link').getAttribute('href'))!
      await go(owner, 'zhejiang', new URL(link).pathname + new URL(link).hash)
      const home = owner.locator('main').getByRole('link', { name: '丽水市企业服务平台' })
      const href = new URL((await home.getAttribute('href'))!)
      expect(href.hostname).toBe('lishui.localhost')
      await go(owner, 'lishui', href.pathname + href.hash)
      await expect(owner.getByLabel('邀约码', { exact: true })).not.toHaveValue('')
      await expect(owner).not.toHaveURL(/#./)
    }
    await owner.getByLabel('同意向邀约平台共享机构资料').check()
    await button(owner, '使用邀约码入驻').click()
    await expect(owner.getByRole('status')).toContainText('已入驻')
    await expect(row(province, who.name)).toContainText('已使用')
    await owner.getByRole('status').getByRole('link', { name: '我的平台' }).click()
    await expect(row(owner, '浙江省企业服务综合平台')).toContainText('已入驻')
  }
})

test('two products go to two platforms; one approves, one returns, and only what was returned is opened again', async ({
  as,
}) => {
  test.setTimeout(120_000)
  const seller = await as('lishui', facts.walkers.seller.login),
    hangzhou = await as('hangzhou', 'reviewer_a'),
    phone = await as('longquan', 'reviewer_a', { viewport: PHONE })
  const cell = (product: string, platform: string, state: string) =>
    button(seller, new RegExp(`^${product} 在 ${platform}企业服务平台：${state}`))
  await go(hangzhou, 'hangzhou', '/desk/listings')
  await go(seller, 'lishui', '/center/matrix')
  const table = seller.getByRole('region', { name: '上架总览' })
  for (const name of ['设备上云改造', '生产数据看板', '杭州市企业服务平台', '龙泉市企业服务平台'])
    await table.getByRole('checkbox', { name }).check()
  await button(seller, '上架 2 个产品到 2 个平台').click()
  await expect(seller.getByRole('heading', { name: '办理结果' })).toBeVisible()
  for (const product of ['设备上云改造', '生产数据看板']) {
    for (const platform of ['杭州市', '龙泉市']) await expect(cell(product, platform, '待审核')).toBeVisible()
    await hangzhou.getByRole('checkbox', { name: new RegExp(product) }).check()
  }
  await button(hangzhou, '通过并上架').click()
  await button(dialog(hangzhou), '通过并上架').click()
  await expect(hangzhou.getByRole('status').first()).toContainText('在架')

  await go(phone, 'longquan', '/desk/listings')
  await phone.getByRole('link', { name: '生产数据看板' }).click()
  await button(drawer(phone), '退回修改').click()
  await dialog(phone).getByLabel('意见').fill('请写明交付周期。')
  await button(dialog(phone), '退回修改').click()
  await expect(dialog(phone)).toHaveCount(0)

  for (const product of ['设备上云改造', '生产数据看板']) await expect(cell(product, '杭州市', '在架')).toBeVisible()
  await expect(cell('生产数据看板', '龙泉市', '已退回')).toContainText('请写明交付周期。')
  await expect(cell('设备上云改造', '龙泉市', '待审核')).toBeVisible()
  await cell('生产数据看板', '龙泉市', '已退回').click()
  await expect(dialog(seller)).toContainText('请写明交付周期。')
  await button(dialog(seller), /上架$/).click()
  await expect(cell('生产数据看板', '龙泉市', '待审核')).toBeVisible()
  for (const product of ['设备上云改造', '生产数据看板']) await expect(cell(product, '杭州市', '在架')).toBeVisible()

  const visitor = await as('hangzhou', '')
  for (const [slug, found] of [
    ['hangzhou', 1],
    ['longquan', 0],
  ] as const) {
    await go(visitor, slug, '/services?q=看板')
    await expect(visitor.locator('main').getByRole('link', { name: /生产数据看板/ })).toHaveCount(found)
  }
})

test('two reviewers on one case: no word is lost; the next by a key; a decision on a phone', async ({ as }) => {
  test.setTimeout(120_000)
  const { contested, phone: onPhone } = facts.cases
  const a = await as('zhejiang', 'reviewer_a'),
    b = await as('zhejiang', 'reviewer_b')
  for (const page of [a, b]) await go(page, 'zhejiang', `/desk/cases/${contested.id}`)
  await button(a, '不通过').click()
  await dialog(a).getByLabel('意见').fill('检测设备清单与场所不符，请核对后再次推荐。')
  await b
    .getByRole('button', { name: /^判定 / })
    .first()
    .click()
  await dialog(b).getByLabel('意见').fill('已核实。')
  await button(dialog(b), '判定').click()
  await expect(dialog(b)).toHaveCount(0)
  await button(dialog(a), '不通过').click()
  await expect(dialog(a)).toContainText('看到此意见的有')
  await button(dialog(a), '不通过').click()
  await expect(dialog(a).getByRole('alert')).toBeVisible()
  await expect(dialog(a).getByLabel('意见')).toHaveValue('检测设备清单与场所不符，请核对后再次推荐。')
  await expect(a.locator('main')).toContainText('已核实。')
  await button(dialog(a), '不通过').click()
  await button(dialog(a), '不通过').click()
  await expect(dialog(a)).toHaveCount(0)
  await expect(a.locator('main')).toContainText('检测设备清单与场所不符')
  await expect(b.getByText('此件已被他人更新')).toBeVisible()
  await a.keyboard.press('n')
  await expect(a).not.toHaveURL(new RegExp(contested.id))
  await expect(a.locator('h1')).not.toContainText(contested.name)
  await expect(button(a, '通过')).toBeVisible()

  const pocket = await as('zhejiang', 'reviewer_b', { viewport: PHONE, hasTouch: true })
  await go(pocket, 'zhejiang', '/desk/cases')
  await pocket.getByRole('link', { name: onPhone.name }).tap()
  await expect(button(pocket, '通过')).toBeInViewport()
  await button(pocket, '通过').tap()
  await dialog(pocket).getByLabel('意见').fill('符合入驻条件')
  await button(dialog(pocket), '通过').tap()
  await expect(pocket.locator('main')).toContainText('已通过')
})
