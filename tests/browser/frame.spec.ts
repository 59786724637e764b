// The frame of what lies behind the sign-in: search, bell, help, menu; where the focus goes; how it looks as the system
// wishes it to.
import type { Page } from '@playwright/test'
import { accessible, at, dress, expect, facts, noKeys, noSideways, PHONE, settled, test, WIDE } from './base'

const go = async (page: Page, slug: string, path: string) => {
  await page.goto(at(slug, path))
  await settled(page)
}
const bar = (page: Page) => page.getByRole('banner')
const menu = (page: Page) => page.getByRole('navigation', { name: '菜单' })
const field = (page: Page) => page.getByRole('combobox', { name: /^搜机构/ })

test('one field finds what one may see, by name, code and number, by keys alone', async ({ as }) => {
  const desk = await as('zhejiang', 'reviewer_a')
  await go(desk, 'zhejiang', '/desk')
  const { name, id } = facts.cases.waiting
  await field(desk).fill(name)
  const option = desk.getByRole('option').filter({ hasText: name })
  await expect(option.first()).toBeVisible()
  await accessible(desk, 'what was found')
  await dress(desk, 'dark')
  await accessible(desk, 'what was found, by night')
  await dress(desk, 'light')
  const group = desk.getByRole('group', { name: '入驻受理' }).getByRole('option')
  await expect(group.first()).toContainText(name)
  for (let presses = 0; presses < 20; presses++) {
    await desk.keyboard.press('ArrowDown')
    if ((await group.first().getAttribute('aria-selected')) === 'true') break
  }
  await desk.keyboard.press('Enter')
  await expect(desk).toHaveURL(new RegExp(`/desk/cases/${id}`))
  await expect(field(desk)).toHaveValue('')

  await field(desk).fill('没有这样的东西')
  await expect(desk.getByText('没有找到与“没有这样的东西”有关的内容。')).toBeVisible()
  await desk.keyboard.press('Escape')
  await expect(desk.getByText('没有找到与')).toHaveCount(0)

  const owner = await as('lishui', facts.member)
  await go(owner, 'lishui', '/center')
  await field(owner).fill('公共检测平台')
  await owner.getByRole('option').filter({ hasText: '公共检测平台机时预约' }).first().click()
  await expect(owner).toHaveURL(new RegExp('/center/(products|matrix|records)'))
  await field(owner).fill(facts.cases.contested.name)
  await expect(owner.getByText('没有找到与')).toBeVisible()
})

test('bell, help and person: what is new, whom to call, who one is', async ({ as }) => {
  const page = await as('lishui', 'platform_admin_a')
  await go(page, 'lishui', '/desk')
  const bell = bar(page).getByRole('button', { name: /^消息/ })
  await expect(bell).toHaveAccessibleName(/消息，\d+ 条未读/)
  await bell.click()
  const panel = page.getByRole('region', { name: /^消息/ })
  await expect(panel.getByRole('listitem').first()).toBeVisible()
  for (const size of [WIDE, PHONE]) {
    await page.setViewportSize(size)
    await noSideways(page, `the bell at ${size.width}`)
    await accessible(page, `the bell at ${size.width}`)
  }
  await page.setViewportSize(WIDE)
  await panel.getByRole('button', { name: '全部标为已读' }).click()
  await expect(bell).toHaveAccessibleName('消息')
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect(bell).toBeFocused()
  const help = bar(page).getByRole('button', { name: '帮助与热线' })
  await help.click()
  await expect(page.getByRole('region', { name: '帮助与热线' })).toContainText(/服务热线|平台管理员|尚未设置/)
  await accessible(page, 'help')
  const person = bar(page).getByRole('button', { name: /平台管理员/ })
  await person.click()
  await expect(page.getByRole('region', { name: '帮助与热线' })).toHaveCount(0)
  const mine = page.getByRole('region', { name: /平台管理员/ })
  await accessible(page, 'person')
  await expect(mine.getByRole('checkbox', { name: '单键快捷键' })).toBeChecked()
  await mine.getByRole('link', { name: '我的账号' }).click()
  await expect(page).toHaveURL(/\/desk\/account$/)
  await expect(mine).toHaveCount(0)
})

test('the menu folds and stays folded; on a phone it is a drawer', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', '/desk')
  const link = menu(page).getByRole('link', { name: /^入驻受理/ })
  const width = async () => (await menu(page).boundingBox())!.width
  expect(await width()).toBeGreaterThan(150)
  await bar(page).getByRole('button', { name: '菜单' }).click()
  expect(await width()).toBeLessThan(80)
  await accessible(page, 'folded')
  await page.reload()
  await settled(page)
  expect(await width()).toBeLessThan(80)
  await link.click() // its name is still there for who listens
  await expect(page).toHaveURL(/\/desk\/cases/)
  await expect(menu(page).locator('[aria-current=page]')).toHaveAccessibleName(/入驻受理/)
  await page.setViewportSize(PHONE)
  await expect(menu(page)).toHaveCount(0)
  const button = bar(page).getByRole('button', { name: '菜单' })
  await button.click()
  await expect(menu(page)).toBeVisible()
  await accessible(page, 'the drawer')
  await noSideways(page, 'the drawer')
  await page.keyboard.press('Escape')
  await expect(menu(page)).toHaveCount(0)
  await expect(button).toBeFocused()
  await button.click()
  await menu(page).getByRole('link', { name: '统计' }).click()
  await expect(page).toHaveURL(/\/desk\/figures/)
  await expect(menu(page)).toHaveCount(0)
})

test('no word of the menu is broken, in either language, wide and narrow', async ({ as }) => {
  test.setTimeout(240_000)
  for (const [slug, login, path] of [
    ['lishui', 'platform_admin_a', '/desk/account'],
    ['lishui', facts.member, '/center/account'],
    ['lishui', facts.enterprise, '/enterprise/account'],
  ] as const) {
    const page = await as(slug, login)
    for (const lang of ['zh', 'en']) {
      await go(page, slug, '/robots.txt').catch(() => undefined)
      await page.evaluate((l) => localStorage.setItem('qilian.lang', l), lang)
      await page.setViewportSize(WIDE)
      await go(page, slug, path)
      for (const size of [WIDE, PHONE]) {
        await page.setViewportSize(size)
        if (size === PHONE)
          await bar(page)
            .getByRole('button', { name: /^(菜单|Menu)$/ })
            .click()
        const doors = page.locator('nav.doors a .text')
        await expect(doors.first()).toBeVisible()
        // A word is whole where its letters stand on one line and inside its door.
        const broken = await doors.evaluateAll((all) =>
          all.flatMap((door) => {
            const text = door.firstChild as Text
            return [...text.data.matchAll(/[A-Za-z]+/g)].flatMap(({ 0: word, index }) => {
              const range = document.createRange()
              range.setStart(text, index)
              range.setEnd(text, index + word.length)
              const inside = range.getBoundingClientRect().right <= door.getBoundingClientRect().right + 1
              return range.getClientRects().length === 1 && inside ? [] : [`${word} in ${text.data}`]
            })
          }),
        )
        expect.soft(broken, `${slug} ${login} ${lang} ${size.width}`).toEqual([])
        await noSideways(page, `the menu, ${slug} ${login} ${lang} ${size.width}`)
      }
    }
  }
})

test('the focus follows to the heading of a page, and its name is said', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', '/desk')
  const said = page.locator('[aria-live=polite]').first()
  await menu(page)
    .getByRole('link', { name: /^入驻受理/ })
    .click()
  await expect(page.locator('h1')).toBeFocused()
  await expect(said).toContainText('入驻受理')
  await page.locator('main').getByRole('link', { name: facts.cases.waiting.name }).click()
  await expect(page.locator('h1')).toContainText(facts.cases.waiting.name)
  await expect(page.locator('h1')).toBeFocused()
  const visitor = await as('lishui', '')
  await go(visitor, 'lishui', '/')
  await visitor.getByRole('navigation').getByRole('link', { name: '服务机构' }).first().click()
  await expect(visitor.locator('h1')).toBeFocused()
  await expect(visitor.locator('[aria-live=polite]').first()).toContainText('服务机构')
})

test('as the system wishes it: light, dark, forced colours, at four widths, in both languages', async ({ as }) => {
  test.setTimeout(480_000)
  for (const [slug, login, paths] of [
    ['lishui', '', ['/']],
    ['lishui', 'platform_admin_a', ['/desk/records/messages', '/desk/announcements']],
    ['lishui', facts.enterprise, ['/enterprise/records/demands?new=1']],
  ] as const) {
    const page = await as(slug, login)
    for (const path of paths)
      for (const lang of ['zh', 'en']) {
        await go(page, slug, '/robots.txt').catch(() => undefined)
        await page.evaluate((l) => localStorage.setItem('qilian.lang', l), lang)
        await go(page, slug, path)
        if (lang === 'en') await noKeys(page, path)
        for (const how of ['light', 'dark', 'forced'] as const)
          for (const width of [1440, 1024, 390, 320]) {
            await dress(page, how)
            await page.setViewportSize({ width, height: 800 })
            await noSideways(page, `${path} ${lang} ${how} ${width}`)
            if (how === 'light' || [1440, 390].includes(width))
              await accessible(page, `${path} ${lang} ${how} ${width}`)
          }
        await page.setViewportSize(WIDE)
      }
  }
})

test('with forced colours what is chosen differs from what is not', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await dress(page, 'forced')
  await go(page, 'zhejiang', '/desk/cases')
  const ground = (of: ReturnType<Page['locator']>) => of.evaluate((e) => getComputedStyle(e).backgroundColor)
  const here = menu(page).locator('[aria-current=page]')
  expect(await ground(here)).not.toBe(await ground(menu(page).getByRole('link').last()))
  const chips = page.locator('main [aria-pressed]')
  const chosen = page.locator('main [aria-pressed=true]').first()
  expect(await ground(chosen)).not.toBe(await ground(chips.and(page.locator('[aria-pressed=false]')).first()))
})

test('on paper there is the page alone', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', '/desk/cases')
  await expect(page.locator('main').getByRole('table')).toBeVisible()
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await expect(bar(page)).toBeHidden()
  await expect(menu(page)).toBeHidden()
  await expect(page.locator('main').getByRole('button').filter({ visible: true })).toHaveCount(0)
  await expect(page.locator('main').getByRole('table')).toBeVisible()
  const ink = await page.locator('h1').evaluate((e) => getComputedStyle(e).color)
  expect(ink).toBe('rgb(28, 39, 51)') // paper is white also at night
})

test('text may be spaced as its reader needs it (WCAG 1.4.12)', async ({ as }) => {
  test.setTimeout(90_000)
  for (const [slug, login, paths] of [
    ['lishui', '', ['/', '/services']],
    ['zhejiang', 'reviewer_a', ['/desk', '/desk/cases', '/desk/records/messages']],
  ] as const) {
    const page = await as(slug, login, { bypassCSP: true })
    for (const path of paths) {
      await go(page, slug, path)
      await page.addStyleTag({
        content:
          '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }' +
          ' p { margin-bottom: 2em !important }',
      })
      for (const size of [WIDE, PHONE]) {
        await page.setViewportSize(size)
        await noSideways(page, `${path} spaced at ${size.width}`)
      }
    }
  }
})
