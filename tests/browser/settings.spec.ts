// Platform settings by somebody who knows no YAML: a hotline and a category, what is wrong, what it touches, back to
// what is inherited.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, noSideways, settled, signIn, test } from './base'

const PARTS = [
  'profile',
  'branding',
  'ways',
  'listing',
  'accounts',
  'deadlines',
  'conditions',
  'lifecycles',
  'forms',
  'notices',
  'dictionaries',
  'expert',
]

async function open(page: Page, part: string) {
  await page.goto(at('lishui', `/desk/settings?part=${part}`))
  await settled(page)
  await expect(page.getByText(/^现行第 \d+ 版$/)).toBeVisible()
}

async function apply(page: Page) {
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await expect(page.getByText('检查通过，可以生效。')).toBeVisible()
  await page.getByRole('button', { name: '生效', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '生效' }).click()
  await expect(page.getByText(/已生效：第 \d+ 版/)).toBeVisible()
}

test('the hotline and a category are changed in the form, checked, and in force', async ({
  page,
  context,
  browser,
}) => {
  test.setTimeout(90_000)
  await signIn(context, 'lishui', 'system_admin_a')
  await open(page, 'profile')
  const hotline = page.getByLabel('服务热线')
  await expect(hotline).toHaveValue('0578-12345')
  await hotline.fill('打给我们')
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await expect(page.getByText(/1 处错误/)).toBeVisible()
  await expect(hotline).toHaveAttribute('aria-invalid', 'true')
  await expect(page.locator('.setting', { has: hotline }).locator('.fault')).toContainText('应为电话号码')
  await expect(page.getByRole('button', { name: '生效', exact: true })).toBeDisabled()
  await accessible(page, 'with a fault')

  await hotline.fill('0578-8888888')
  await page.getByRole('navigation', { name: '平台设置' }).getByRole('link', { name: /^字典/ }).click()
  await page.getByLabel('代码').fill('new energy')
  await page.getByRole('button', { name: '加入' }).click()
  await expect(page.getByRole('alert')).toContainText('代码只能由字母')
  await page.getByLabel('代码').fill('new_energy')
  await page.getByLabel('中文', { exact: true }).fill('新能源')
  await page.getByLabel('英文', { exact: true }).fill('New energy')
  await page.getByRole('button', { name: '加入' }).click()
  await expect(page.getByText('2 项修改未生效')).toBeVisible()

  // What was not put in force yet survives a reload.
  await page.waitForTimeout(600)
  await page.reload()
  await settled(page)
  await expect(page.getByText('2 项修改未生效')).toBeVisible()
  await expect(page.getByText('已恢复您上次未提交的内容')).toBeVisible()
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await expect(page.locator('pre.diff')).toContainText('+     hotline: 0578-8888888')
  await expect(page.locator('pre.diff')).toContainText('new_energy: {zh: 新能源, en: New energy}')
  await accessible(page, 'checked')
  await apply(page)

  const visitor = await (await browser.newContext()).newPage()
  await visitor.goto(at('lishui'))
  await expect(visitor.getByRole('contentinfo')).toContainText('0578-8888888')
  const member = await browser.newContext()
  await signIn(member, 'lishui', facts.member)
  const product = await member.newPage()
  await product.goto(at('lishui', '/center/products/new'))
  await settled(product)
  await product.getByRole('combobox', { name: '服务类别' }).press('Enter')
  await expect(product.getByRole('option', { name: '新能源' })).toBeAttached()

  // Back to what the network says, and the term goes again, which nothing carries.
  await open(page, 'profile')
  await page
    .locator('.setting', { has: page.getByLabel('服务热线') })
    .getByRole('button', { name: /恢复继承（0571-96871）/ })
    .click()
  await page.getByRole('navigation', { name: '平台设置' }).getByRole('link', { name: /^字典/ }).click()
  await page
    .getByRole('row', { name: /new_energy/ })
    .getByRole('button', { name: /删除/ })
    .click()
  await apply(page)
  await open(page, 'profile')
  await expect(page.getByLabel('服务热线')).toHaveValue('0571-96871')
  await page.getByLabel('服务热线').fill('0578-12345')
  await apply(page)
})

test('a term in use cannot vanish, and the page says what to do', async ({ page, context }) => {
  await signIn(context, 'lishui', 'system_admin_a')
  await open(page, 'dictionaries')
  const row = page.getByRole('row', { name: /^testing/ })
  await expect(row.getByRole('button', { name: /删除/ })).toHaveCount(0)
  await row.getByRole('button', { name: /停用/ }).click()
  await expect(row).toContainText('已停用')
  await row.getByRole('button', { name: /撤销/ }).click()
  await expect(page.getByText(/项修改未生效/)).toHaveCount(0)
  // By the YAML it is told, with its number, and cannot take effect.
  await page.getByRole('link', { name: '专家模式' }).click()
  const yaml = page.getByLabel('本平台的配置（YAML）')
  await yaml.fill(`${await yaml.inputValue()}\norganisation_types: {enterprise: ~}\n`)
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await expect(page.getByText('请改为“停用”')).toBeVisible()
  await expect(page.getByRole('button', { name: '生效', exact: true })).toBeDisabled()
  await page.getByRole('button', { name: '恢复为现行配置' }).click()
})

test('somebody else was faster: nothing typed is lost, nothing of theirs overwritten', async ({
  page,
  context,
  browser,
}) => {
  test.setTimeout(60_000)
  await signIn(context, 'lishui', 'system_admin_a')
  await open(page, 'deadlines')
  const days = page.getByLabel('资质到期提前提醒（天）')
  await days.fill('40')
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await expect(page.getByText('检查通过，可以生效。')).toBeVisible()
  const other = await browser.newContext()
  await signIn(other, 'lishui', 'system_admin_a')
  const second = await other.newPage()
  await open(second, 'deadlines')
  await second.getByLabel('补正答复期限（工作日）').fill('12')
  await apply(second)
  await page.getByRole('button', { name: '生效', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '生效' }).click()
  await expect(page.getByText('他人已更新平台设置')).toBeVisible()
  await expect(days).toHaveValue('40')
  await expect(page.getByLabel('补正答复期限（工作日）')).toHaveValue('12')
  await apply(page)
})

test('a platform administrator changes what is the desk’s, and sees what is not', async ({ page, context }) => {
  test.setTimeout(60_000)
  await signIn(context, 'lishui', 'platform_admin_a')
  await open(page, 'ways')
  await expect(page.getByText('其余由系统管理员修改')).toBeVisible()
  await expect(page.getByLabel('下级平台推荐')).toBeDisabled()
  await open(page, 'deadlines')
  await page.getByLabel('资质到期提前提醒（天）').fill('25')
  await apply(page)
  await page
    .locator('.setting', { has: page.getByLabel('资质到期提前提醒（天）') })
    .getByRole('button', { name: /恢复继承/ })
    .click()
  await apply(page)
})

const step = (page: Page, name: string) => page.locator('details.thing', { has: page.getByText(name, { exact: true }) })

test('a step’s name, a field, a letter: changed as forms, seen before, and back to the version before', async ({
  page,
  context,
}) => {
  test.setTimeout(120_000)
  await signIn(context, 'lishui', 'system_admin_a')
  await open(page, 'lifecycles&record=listing')
  const review = step(page, '待审核').first()
  await review.locator('summary').click()
  await review.getByLabel('名称（中文）').fill('等待上架审核')
  await expect(page.getByRole('region', { name: '预览' })).toContainText('等待上架审核')
  // A way that leads nowhere: said at its place.
  await page.goto(at('lishui', '/desk/settings?part=forms&record=institution'))
  await settled(page)
  await page.getByText('新增字段').click()
  await page.getByLabel('代码').fill('charges')
  await page.getByLabel('中文', { exact: true }).fill('收费标准')
  await page.getByLabel('英文', { exact: true }).fill('Charges')
  await page.getByRole('button', { name: '加入' }).click()
  await expect(page.getByRole('region', { name: '预览' })).toContainText('收费标准')
  await page.goto(at('lishui', '/desk/settings?part=notices'))
  await settled(page)
  await page.getByLabel('关键词').fill('退回')
  await page.getByRole('button', { name: '产品被退回修改' }).click()
  const text = page.getByRole('textbox', { name: '正文 中文' })
  await text.fill('{name} 被退回：{nonsense}')
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await expect(page.locator('.setting', { has: text }).locator('.fault')).toContainText(
    '变量未在 variables 中声明：nonsense',
  )
  await expect(page.getByRole('button', { name: '生效', exact: true })).toBeDisabled()
  await text.fill('{name} 被退回：{reason}')
  await expect(page.getByRole('region', { name: '预览' })).toContainText(
    '丽水示例科技服务有限公司 被退回：请补充收费说明',
  )
  await accessible(page, 'a letter')
  await apply(page)
  // The earlier version beside this one, and back to it.
  await page.getByText(/历次版本/).click()
  await page
    .getByRole('button', { name: /与现行版本对比/ })
    .first()
    .click()
  const table = page.getByRole('region', { name: '与现行版本对比' })
  await expect(table).toContainText('等待上架审核')
  await expect(table.getByRole('columnheader')).toHaveCount(2)
  await accessible(page, 'two versions')
  await page.getByRole('button', { name: /^检查第 \d+ 版/ }).click()
  await page.getByRole('button', { name: /^恢复为第 \d+ 版/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /恢复为/ })
    .click()
  await expect(page.getByRole('region', { name: '与现行版本对比' })).toHaveCount(0)
  await page.goto(at('lishui', '/desk/settings?part=lifecycles&record=listing'))
  await settled(page)
  await expect(step(page, '等待上架审核')).toHaveCount(0)
})

for (const width of [1440, 390])
  test(`every part of the settings, ${width} px, both languages`, async ({ page, context }) => {
    test.setTimeout(120_000)
    await page.setViewportSize({ width, height: 844 })
    await signIn(context, 'zhejiang', 'system_admin_a')
    for (const lang of ['zh', 'en']) {
      await page.addInitScript((l) => localStorage.setItem('qilian.lang', l), lang)
      for (const part of PARTS) {
        await page.goto(at('zhejiang', `/desk/settings?part=${part}`))
        await settled(page)
        await page.evaluate(() =>
          document.querySelectorAll('details').forEach((d) => {
            d.open = true
          }),
        )
        await noSideways(page, `${part} ${lang}`)
        await accessible(page, `${part} ${lang}`)
        expect(await page.locator('#app').innerText()).not.toMatch(/\b(desk|dk|menu|app|form)\.[a-zA-Z_.]+\b/)
      }
    }
  })
