// What opens over a page: drawers, dialogs, pop-ups, with their faults, is as accessible and as narrow as the page
// beneath.
import { type Locator, type Page } from '@playwright/test'
import { accessible, at, expect, facts, look, noSideways, PHONE, settled, test, WIDE } from './base'

const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const go = async (page: Page, slug: string, path: string) => {
  await page.goto(at(slug, path))
  await settled(page)
}
const button = (within: Pick<Page, 'getByRole'>, name: string | RegExp) =>
  within.getByRole('button', { name, exact: true })
async function escape(page: Page) {
  await page.keyboard.press('Escape')
  await expect(page.locator('.el-drawer, dialog').filter({ visible: true })).toHaveCount(0)
}
/** Opens the first of each kind of pop-up: lists, lists of several, days. */
async function popups(page: Page, form: Locator) {
  const boxes = form.getByRole('combobox'),
    seen = new Set<string>()
  await expect(boxes.first()).toBeVisible()
  for (const box of await boxes.all()) {
    const kind = await box.evaluate(
      (e) =>
        `${e.tagName} ${e.closest('.el-date-editor') ? 'day' : (e.closest('.el-select__selection')?.classList.contains('is-multiple') ?? '')} ${e.getAttribute('aria-haspopup')}`,
    )
    if (seen.has(kind)) continue
    seen.add(kind)
    for (const size of [WIDE, PHONE]) {
      await page.setViewportSize(size)
      await box.press(kind.includes('day') ? 'ArrowDown' : 'Enter')
      await expect(page.locator('.el-popper').filter({ visible: true }).first()).toBeVisible()
      await noSideways(page, `a pop-up: ${kind} at ${size.width}`)
      await accessible(page, `a pop-up: ${kind} at ${size.width}`)
      await box.press('Escape')
      await expect(page.locator('.el-popper').filter({ visible: true })).toHaveCount(0)
    }
    await page.setViewportSize(WIDE)
  }
}

test('at the desk of the province: decide, judge, ask, invite, one by one and by a list', async ({ as }) => {
  test.setTimeout(180_000)
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', `/desk/cases/${facts.cases.waiting.id}`)
  const dialog = page.getByRole('dialog')
  await button(page, '通过').click()
  await look(page, 'approve')
  await escape(page)
  await button(page, '不通过').click()
  await button(dialog, '不通过').click()
  await expect(dialog).toContainText('请填写意见')
  await look(page, 'refuse, without a reason')
  await escape(page)
  await page
    .getByRole('button', { name: /^判定 / })
    .first()
    .click()
  await look(page, 'judge a condition')
  await escape(page)
  await button(page, '要求补正').click()
  await button(page, '再加一项').click()
  await expect(drawer(page).getByRole('group')).toHaveCount(2)
  await look(page, 'ask for a supplement')
  await escape(page)

  await go(page, 'zhejiang', '/desk/cases')
  for (const box of await page.locator('td.pick input:enabled').all()) await box.check()
  await button(page, '不通过').click()
  await look(page, 'decide several')
  await escape(page)

  await go(page, 'zhejiang', '/desk/invitations')
  await button(page, '发出邀约').click()
  await page.getByLabel(/^机构/).fill('丽水')
  await expect(page.getByRole('list', { name: '已知机构' })).toBeVisible()
  await look(page, 'institutions that are known')
  await page.getByLabel('统一社会信用代码').fill('91331102BCPPCHCU60')
  await button(drawer(page), '发出邀约').click()
  await expect(drawer(page).locator('.fault').first()).toBeVisible()
  await look(page, 'a faulty invitation')
  await escape(page)
  await button(page, '批量邀约').click()
  await page.getByLabel('名单文件（.xlsx 或 CSV）').setInputFiles({
    name: 'list.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('uscc,name,contact_name,contact_mobile,contact_email,message\n12,无效机构,王,1,x,\n'),
  })
  await button(page, '试运行').click()
  await expect(page.getByRole('link', { name: '下载标出错误的文件' })).toBeVisible()
  await expect(page.getByText(/第 2 行.*：/)).toBeVisible()
  await look(page, 'a faulty list')
  await escape(page)
  await page.getByRole('button', { name: '撤销 待使用邀约机构' }).click()
  await look(page, 'revoke')
})

test('at the desk of a city: recommend, withdraw, follow, review a product, suspend a member, write a notice', async ({
  as,
}) => {
  test.setTimeout(180_000)
  const page = await as('lishui', 'platform_admin_a')
  await go(page, 'lishui', '/desk/institutions?standing=no')
  await page.getByRole('button', { name: `推荐 ${facts.walkers.idle.name}` }).click()
  await page.getByLabel('上年度营业收入').fill('10')
  await page.getByLabel('参保人数').fill('1')
  await page.getByLabel('参保人数').blur()
  await expect(drawer(page).locator('.failed').first()).toBeVisible()
  await look(page, 'recommend, conditions that fail')
  await escape(page)
  for (const name of [facts.walkers.idle.name, facts.walkers.seller.name])
    await page.getByLabel(new RegExp(`选择.*${name}`)).check()
  await button(page, '推荐所选 2 家').click()
  await look(page, 'recommend two')
  await escape(page)
  await go(page, 'lishui', '/desk/institutions?standing=review')
  await page
    .getByRole('button', { name: /^进度 / })
    .first()
    .click()
  await look(page, 'progress')
  await escape(page)
  await page
    .getByRole('button', { name: /^取消推荐 / })
    .first()
    .click()
  await look(page, 'withdraw')
  await escape(page)
  await go(page, 'lishui', `/desk/recommendations/${facts.recommendations.supplement}`)
  await expect(drawer(page)).toContainText('请补充近一年的服务案例')
  await look(page, 'a recommendation in supplement')

  await go(page, 'lishui', `/desk/listings/${facts.listing}`)
  await button(drawer(page), '退回修改').click()
  await page.locator('dialog[open]').getByRole('button', { name: '退回修改' }).click()
  await expect(page.locator('dialog[open]')).toContainText('请填写意见')
  await look(page, 'return a product, without a reason')

  await go(page, 'lishui', '/desk/memberships')
  await page.locator('main td a').first().click()
  await button(drawer(page), '暂停').click()
  await look(page, 'suspend a member')
  await go(page, 'lishui', '/desk/records/transfers')
  await button(page, '为全部机构申请迁移').click()
  await page.getByRole('dialog').getByLabel('迁入平台').selectOption('hangzhou')
  await button(page.getByRole('dialog'), '为全部机构申请迁移').click()
  await expect(page.getByRole('dialog')).toContainText('请填写意见')
  await look(page, 'ask to move all institutions, without a reason')
  await escape(page)
  await go(page, 'lishui', '/desk/announcements')
  await button(page, '新建').click()
  await button(drawer(page), '保存').click()
  await expect(drawer(page).getByRole('alert')).toBeVisible()
  await look(page, 'a notice with faults')
  await go(page, 'lishui', `/desk/institutions/${facts.cases.waiting.institution}`)
  await button(page, '编辑').click()
  await popups(page, page.locator('form.card'))
  await go(page, 'lishui', '/desk/notices')
  await page.locator('main td a').first().click()
  await expect(drawer(page)).toBeVisible()
  await look(page, 'a sent notice')
  await go(page, 'lishui', '/desk/settings?part=expert')
  await page.getByLabel('本平台的配置（YAML）').fill('platform: {slug: lishui}\nlistig: {review: sometimes}\n')
  await button(page, '检查').click()
  await expect(page.getByText(/处错误/).first()).toBeVisible()
  await look(page, 'faulty settings')
})

test('with the three administrators: accounts, grants, regions, the log', async ({ as }) => {
  test.setTimeout(120_000)
  const system = await as('zhejiang', 'system_admin_a')
  await go(system, 'zhejiang', '/desk/staff')
  await button(system, '新建账号').click()
  await system.getByLabel('用户名').fill('a b')
  await system.getByLabel('姓名').fill('张三')
  await button(drawer(system), '新建账号').click()
  await expect(drawer(system).locator('.fault, [role=alert]').first()).toBeVisible()
  await look(system, 'a faulty account')
  await system.getByLabel('用户名').fill('zhangsan')
  await button(drawer(system), '新建账号').click()
  await expect(system.getByText(/的一次性链接/)).toBeVisible()
  await look(system, 'the link of a new account')
  await system.getByRole('link', { name: '张三' }).click()
  await button(drawer(system), '停用').click()
  await look(system, 'disable an account')
  await go(system, 'zhejiang', '/desk/regions')
  await button(system, '新增地区').click()
  await look(system, 'a new region')

  const security = await as('zhejiang', 'security_admin_a')
  await go(security, 'zhejiang', '/desk/staff')
  await security.locator('main td a').first().click()
  await button(drawer(security), '修改角色').click()
  await look(security, 'grant roles')

  const audit = await as('zhejiang', 'audit_admin_a')
  await go(audit, 'zhejiang', '/desk/audit')
  await button(audit, '校验日志').click()
  await expect(audit.getByText(/条全部相符/)).toBeVisible()
  await audit.getByLabel('自', { exact: true }).fill('2026-01-01')
  await expect(audit.locator('tbody tr').first()).not.toContainText('{') // words, as they stand

  await look(audit, 'the log')
})

test('in the centre: an application with its conditions, pop-ups of the product form, a qualification', async ({
  as,
}) => {
  test.setTimeout(120_000)
  const page = await as('lishui', facts.newcomer)
  await go(page, 'lishui', '/center/platforms')
  await page
    .getByRole('button', { name: /丽水市/ })
    .first()
    .click()
  await expect(page.getByRole('heading', { name: /条件/ })).toBeVisible()
  await look(page, 'an application')
  for (const path of ['/center/products/new', '/center/profile']) {
    await go(page, 'lishui', path)
    await popups(page, page.locator('main'))
  }
  await go(page, 'lishui', '/center/qualifications')
  await button(page, '添加资质').click()
  await look(page, 'a new qualification')
})
