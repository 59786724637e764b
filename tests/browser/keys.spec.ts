// The main job by keyboard alone: Tab, Shift-Tab, Enter, Space, arrows, Escape. At every stop the focus is in view
// and to be seen.
import { type Locator, type Page } from '@playwright/test'
import { at, expect, facts, settled, test } from './base'

/** What is wrong with the stop that the focus has reached: not to be seen, off the screen, or beneath something
 * else. */
const stop = (page: Page) =>
  page.evaluate(() => {
    const e = document.activeElement as HTMLElement
    if (!e || e === document.body || e === document.documentElement) return ''
    const what = `${e.tagName} ${e.getAttribute('aria-label') ?? e.id} ${(e.textContent ?? '').trim().slice(0, 30)}`
    const marks = (x: Element | null) => {
      if (!x) return false
      const s = getComputedStyle(x)
      return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'
    }
    if (!marks(e) && !marks(e.closest('.el-input__wrapper, .el-select__wrapper, .el-checkbox, .el-radio')))
      return `not to be seen: ${what}`
    const r = e.getBoundingClientRect(),
      x = (Math.max(r.left, 0) + Math.min(r.right, innerWidth)) / 2,
      y = (Math.max(r.top, 0) + Math.min(r.bottom, innerHeight)) / 2
    if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) return `off the screen: ${what}`
    const there = document.elementFromPoint(x, y)
    return there && (e.contains(there) || there.contains(e) || e.closest('label')?.contains(there))
      ? ''
      : `beneath ${there?.className}: ${what}`
  })

/** Presses a key until the target has the focus. */
async function reach(page: Page, target: Locator, key = 'Tab') {
  await expect(target).toBeVisible()
  const bad = new Set<string>()
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press(key)
    const fault = await stop(page)
    if (fault) bad.add(fault)
    if (await target.evaluate((e) => e === document.activeElement)) {
      expect.soft([...bad]).toEqual([])
      return
    }
  }
  throw new Error(`${target} is not reached by ${key}`)
}
async function press(page: Page, target: Locator, key = 'Enter', by = 'Tab') {
  await reach(page, target, by)
  await page.keyboard.press(key)
}
const somewhere = (page: Page) =>
  expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true)
const button = (within: Pick<Page, 'getByRole'>, name: string | RegExp) =>
  within.getByRole('button', { name, exact: true })

test('recommend, decide: without a mouse', async ({ as }) => {
  test.setTimeout(180_000)
  const who = facts.walkers.keys,
    city = await as('lishui', 'reviewer_a'),
    province = await as('zhejiang', 'reviewer_a')
  await city.goto(at('lishui', '/desk/institutions?standing=no'))
  await settled(city)
  const skip = city.getByRole('link', { name: '跳到正文' })
  await press(city, skip)
  await expect(city.locator('#main')).toBeFocused()
  const open = button(city, `推荐 ${who.name}`),
    drawer = city.locator('.el-drawer').filter({ visible: true })
  await press(city, open)
  await expect(drawer).toBeVisible()
  await expect.poll(() => city.evaluate(() => !!document.activeElement?.closest('.el-drawer'))).toBe(true)
  await city.keyboard.press('Escape')
  await expect(drawer).toHaveCount(0)
  await expect(open).toBeFocused()
  await city.keyboard.press('Enter')
  await expect(drawer).toBeVisible()
  await reach(city, drawer.getByLabel('推荐理由'))
  await city.keyboard.type('服务能力强，企业评价好。')
  await press(city, button(drawer, '提交推荐'))
  await expect(drawer).toContainText('已推荐')
  await somewhere(city)
  await city.keyboard.press('Escape')
  await expect(drawer).toHaveCount(0)
  await somewhere(city)

  await province.goto(at('zhejiang', '/desk/cases'))
  await settled(province)
  await press(province, province.getByRole('link', { name: who.name }))
  await expect(button(province, '通过')).toBeVisible()
  await province.keyboard.press('c')
  await expect(province.locator('main')).toContainText('已领取')
  const dialog = province.locator('dialog[open]')
  await press(province, button(province, '不通过'))
  await expect(dialog).toBeVisible()
  await province.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(button(province, '不通过')).toBeFocused()
  await province.keyboard.press('a') // a button has the focus: its keys are its own
  await expect(dialog).toHaveCount(0)
  await press(province, province.getByRole('link', { name: '跳到正文' }), 'Enter', 'Shift+Tab')
  await province.keyboard.press('a')
  await expect(dialog).toBeVisible()
  if (!(await dialog.getByLabel('意见').evaluate((e) => e === document.activeElement)))
    await reach(province, dialog.getByLabel('意见'))
  await province.keyboard.type('符合入驻条件')
  await press(province, button(dialog, '通过'))
  await expect(province.locator('main')).toContainText('已通过')
  await somewhere(province)
  await province.keyboard.press('n')
  await expect(province.locator('h1')).not.toContainText(who.name)
})

test('keys of one letter are nobody’s while a control has the focus, and are switched off for good', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await page.goto(at('zhejiang', `/desk/cases/${facts.cases.next.id}`))
  await settled(page)
  const dialog = page.locator('dialog[open]')
  const decided = async (yes: boolean) => {
    await page.locator('#main').focus()
    await page.keyboard.press('r')
    await expect(dialog).toHaveCount(yes ? 1 : 0)
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
  }
  await decided(true)
  // Each kind of control that the page has, and what else may be one.
  const main = page.locator('main')
  for (const control of [
    main.getByRole('button', { name: '通过', exact: true }),
    main.getByRole('link').first(),
    page.getByRole('combobox', { name: /^搜机构/ }),
    main.locator('summary').filter({ visible: true }).first(),
  ]) {
    await control.focus()
    await page.keyboard.press('r')
    await expect(dialog).toHaveCount(0)
  }
  await page.evaluate(() => {
    const box = document.createElement('div')
    box.contentEditable = 'true'
    document.querySelector('#main')!.append(box)
    box.focus()
  })
  await page.keyboard.press('r')
  await expect(dialog).toHaveCount(0)
  // Off by the person menu, said on the page, and still off after coming again; on by the own account.
  const person = page.getByRole('banner').getByRole('button', { name: /审核员/ })
  await person.click()
  await page.getByRole('checkbox', { name: '单键快捷键' }).uncheck()
  await page.keyboard.press('Escape')
  await decided(false)
  await expect(main.getByRole('button', { name: '打开快捷键' })).toBeVisible()
  await page.reload()
  await settled(page)
  await decided(false)
  await page.goto(at('zhejiang', '/desk/account'))
  await settled(page)
  const own = page.locator('main').getByRole('checkbox', { name: '单键快捷键' })
  await expect(own).not.toBeChecked()
  await own.check()
  await page.goto(at('zhejiang', `/desk/cases/${facts.cases.next.id}`))
  await settled(page)
  await decided(true)
})

test('publish in the matrix: without a mouse', async ({ as }) => {
  test.setTimeout(120_000)
  const page = await as('lishui', facts.member),
    product = '日用陶瓷铅镉溶出量检测'
  await page.goto(at('lishui', '/center/matrix'))
  await settled(page)
  const table = page.getByRole('region', { name: '上架总览' })
  for (const name of ['丽水市企业服务平台', '浙江省企业服务综合平台', product])
    await press(page, table.getByRole('checkbox', { name }), ' ')
  await press(page, button(page, '上架 1 个产品到 2 个平台'), 'Enter', 'Shift+Tab')
  await expect(page.getByRole('heading', { name: '办理结果' })).toBeVisible()
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-labelledby')))
    .toBe('results-t')
  const cell = button(page, new RegExp(`^${product} 在 丽水市企业服务平台：在架`)),
    dialog = page.locator('dialog[open]')
  await press(page, cell)
  await expect(dialog).toBeVisible()
  await press(page, button(dialog, '关闭'), ' ')
  await expect(dialog).toHaveCount(0)
  await expect(cell).toBeFocused()
  // The frame, and a list of choices by arrows.
  await page.goto(at('lishui', '/center/products/new'))
  await settled(page)
  const choice = page.getByRole('combobox', { name: '服务类别' })
  await reach(page, choice)
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.locator('.el-select__selected-item').filter({ hasText: /\S/ }).first()).not.toHaveText('请选择')
})

test('a visitor looks for a service, turns on larger type, opens the menu of a phone: without a mouse', async ({
  as,
}) => {
  const page = await as('lishui', '', { viewport: { width: 390, height: 844 } })
  await page.goto(at('lishui', '/'))
  await settled(page)
  await press(page, page.getByRole('link', { name: '跳到正文' }))
  await expect(page.locator('#main')).toBeFocused()
  await press(page, button(page, '菜单'), 'Enter', 'Shift+Tab')
  await press(page, button(page, '大字版'), ' ', 'Shift+Tab')
  await expect(page.locator('html')).toHaveClass(/elder/)
  await press(
    page,
    page
      .getByRole('navigation')
      .getByRole('link', { name: '找服务' })
      .or(page.getByRole('navigation').getByRole('link').first()),
    'Enter',
    'Shift+Tab',
  )
  await expect(page).toHaveURL(/\/services/)
})
