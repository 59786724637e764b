// What one is at stays: the place in a list, what was typed, what is on the page when the network or a release comes
// in between.
import type { Page } from '@playwright/test'
import { accessible, at, expect, facts, noSideways, PHONE, settled, signIn, test, WIDE } from './base'

/** Answers of a kind are as told until undone. */
const answer = (page: Page, path: string | RegExp, status: number, body: object = {}) =>
  page.route(path, (route) => route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) }))

test('next goes through the list that one came from, past what others hold, and says when it ends', async ({
  page,
  context,
  as,
}) => {
  await signIn(context, 'zhejiang', 'reviewer_a')
  await page.goto(at('zhejiang', '/desk/cases?way=recommendation'))
  await settled(page)
  const links = page.getByRole('table').getByRole('link')
  await expect(links.first()).toBeVisible()
  const ids = (await links.evaluateAll((list) => list.map((a) => a.getAttribute('href') ?? '')))
    .map((href) => /cases\/([0-9a-f-]+)/.exec(href)?.[1])
    .filter((id): id is string => !!id)
  expect(ids.length).toBeGreaterThan(2)
  const colleague = await as('zhejiang', 'reviewer_b')
  await colleague.goto(at('zhejiang', `/desk/cases/${ids[1]}`))
  await colleague.getByRole('button', { name: '领取', exact: true }).click()
  await expect(colleague.getByRole('button', { name: '放回待办' })).toBeVisible()
  await links.first().click()
  const free = ids.filter((_, i) => i !== 1)
  await expect(page).toHaveURL(new RegExp(`/desk/cases/${free[0]}`)) // a key before the page is there is nobody's
  for (const id of free.slice(1)) {
    await settled(page)
    await page.keyboard.press('n')
    await expect(page).toHaveURL(new RegExp(`/desk/cases/${id}\\?way=recommendation$`))
  }
  await settled(page)
  await page.keyboard.press('n') // round to the first
  await expect(page).toHaveURL(new RegExp(free[0]))
  await colleague.getByRole('button', { name: '放回待办' }).click()
  await expect(colleague.getByRole('button', { name: '领取', exact: true })).toBeVisible()
  await page.getByRole('link', { name: '入驻受理' }).last().click()
  await expect(page).toHaveURL(/\/desk\/cases\?way=recommendation$/)
})

test('delisting is asked for, takes only what is seen, and can be undone', async ({ page, context }) => {
  await signIn(context, 'lishui', facts.member)
  await page.goto(at('lishui', `/center/matrix?product=${facts.product}`))
  await settled(page)
  const cell = page.getByRole('button', { name: /^公共检测平台机时预约 在 丽水/ })
  await expect(cell).toContainText('在架')
  await page.getByRole('columnheader', { name: /丽水/ }).getByRole('checkbox').check()
  await page.getByRole('button', { name: '下架 1 处' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('公共检测平台机时预约')
  await accessible(page)
  await dialog.getByRole('button', { name: '取消' }).click()
  await expect(cell).toContainText('在架')
  // What a search hides is not acted upon, also after the search has been cleared.
  const find = page.getByRole('searchbox')
  await find.fill('日用陶瓷')
  await find.press('Enter')
  await expect(cell).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^下架/ })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /请至少勾选/ })).toBeDisabled()
  await find.fill('没有这样的产品')
  await find.press('Enter')
  await expect(page.getByText('没有符合条件的服务产品。')).toBeVisible()
  await find.fill('')
  await find.press('Enter')
  await page
    .getByRole('rowheader', { name: /公共检测平台/ })
    .getByRole('checkbox')
    .check()
  await page.getByRole('button', { name: '下架 1 处' }).click()
  await dialog.getByRole('button', { name: '下架' }).click()
  const results = page.getByRole('region', { name: '办理结果' }).or(page.locator('section.results'))
  await expect(results).toContainText('已下架')
  await expect(cell).toContainText('已下架')
  await page.getByRole('button', { name: '撤销：重新上架这 1 处' }).click()
  await expect(cell).toContainText('在架')
  await expect(page.getByRole('button', { name: /^撤销/ })).toHaveCount(0)
})

test('one institution that is barred is named, and what was typed for it stays', async ({ page, context }) => {
  await signIn(context, 'lishui', 'reviewer_a')
  const names = [facts.walkers.barred.name, facts.walkers.beside.name]
  await page.goto(at('lishui', '/desk/institutions?standing=no'))
  await settled(page)
  for (const name of names) await page.getByRole('checkbox', { name: new RegExp(name) }).check()
  await page.getByRole('button', { name: /^推荐.*2/ }).click()
  const drawer = page.getByRole('dialog')
  const forms = drawer.locator('fieldset')
  await expect(forms).toHaveCount(2)
  await expect(forms.filter({ hasText: names[0] })).toContainText('阻止入驻的条件')
  await expect(drawer.getByRole('alert')).toContainText(names[0])
  await expect(drawer.getByRole('alert')).not.toContainText(names[1])
  for (const [i, name] of names.entries())
    await forms
      .filter({ hasText: name })
      .getByLabel(/推荐理由|理由/)
      .fill(`值得推荐的理由 ${i}`)
  await drawer.getByRole('button', { name: '发送' }).or(drawer.locator('button.button')).last().click()
  const outcome = drawer.getByRole('status')
  await expect(outcome).toContainText('已发出 1 件，未发出 1 件')
  await expect(outcome.getByRole('listitem').first()).toContainText(names[0])
  await expect(outcome).toContainText('浙江')
  await expect(forms).toHaveCount(1)
  await expect(forms.getByLabel(/推荐理由|理由/)).toHaveValue('值得推荐的理由 0')
  await accessible(page)
})

test('a page whose code has gone with a release is loaded anew; if that does not help, it is said', async ({
  page,
  faults,
}) => {
  let broken = 1
  await page.route(/\/assets\/NoticesView.*\.js/, (route) =>
    broken-- > 0 ? route.fulfill({ status: 404, body: '' }) : route.continue(),
  )
  await page.goto(at('lishui'))
  await settled(page)
  const link = page.getByRole('navigation').getByRole('link', { name: '公告' }).first()
  await link.click()
  await expect(page).toHaveURL(/\/notices$/)
  await settled(page)
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.evaluate(() => sessionStorage.clear())
  broken = 99
  await page.goto(at('lishui'))
  await settled(page)
  await link.click()
  await expect(page.getByRole('alert')).toContainText('系统已更新')
  broken = 0
  await page.getByRole('alert').getByRole('button', { name: '重试' }).click()
  await settled(page)
  await expect(page.getByRole('alert')).toHaveCount(0)
  expect(faults.splice(0).every((f) => /404/.test(f))).toBe(true)
})

test('without network a click says so, and the page stays', async ({ page, context, faults }) => {
  await page.goto(at('lishui'))
  await settled(page)
  await context.setOffline(true)
  await page.getByRole('navigation').getByRole('link', { name: '公告' }).first().click()
  await expect(page.getByRole('alert')).toContainText('网络不通')
  await expect(page.locator('h1').first()).toBeVisible()
  for (const size of [WIDE, PHONE]) {
    await page.setViewportSize(size)
    await noSideways(page)
  }
  await context.setOffline(false)
  await page.getByRole('alert').getByRole('button', { name: '重试' }).click()
  await expect(page).toHaveURL(/\/notices$/)
  await settled(page)
  expect(faults.splice(0).every((f) => /ERR_INTERNET_DISCONNECTED/.test(f))).toBe(true)
})

test('while the server is away a click says so, and goes on when it is back', async ({ page, context, faults }) => {
  await signIn(context, 'lishui', 'reviewer_a')
  await page.goto(at('lishui', '/desk'))
  await settled(page)
  const menu = page.getByRole('navigation', { name: '菜单' })
  // As if nothing listened there any more.
  await page.route('**/*', (route) => route.abort('connectionrefused'))
  await menu.getByRole('link', { name: '统计' }).click()
  await expect(page.getByRole('alert').filter({ hasText: '网络不通' })).toBeVisible()
  await expect(page).toHaveURL(/\/desk$/)
  await accessible(page)
  await page.unroute('**/*')
  await page.getByRole('alert').getByRole('button', { name: '重试' }).click()
  await expect(page).toHaveURL(/\/desk\/figures$/)
  await settled(page)
  await expect(page.getByRole('alert')).toHaveCount(0)
  faults.splice(0) // the browser's own complaints of what it could not reach
})

test('who goes back finds the place that was left', async ({ page, context }) => {
  await signIn(context, 'zhejiang', 'reviewer_a')
  await page.setViewportSize({ width: 1024, height: 420 })
  await page.goto(at('zhejiang', '/desk/institutions'))
  await settled(page)
  const links = page.locator('main').getByRole('table').getByRole('link')
  await expect(links.first()).toBeVisible()
  const last = links.last()
  await last.scrollIntoViewIfNeeded()
  const before = await page.evaluate(() => scrollY)
  expect(before).toBeGreaterThan(100)
  await last.click()
  await expect(page).toHaveURL(/institutions\/[0-9a-f-]{36}/)
  await settled(page)
  await page.goBack()
  await expect(page).toHaveURL(/institutions$/)
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(before)
})

test('the home page shows no noughts when the list could not be had', async ({ page, faults }) => {
  await answer(page, /\/api\/v1\/portal\/listings/, 503, {
    code: 'busy',
    zh: '服务繁忙，请稍后重试。',
    en: 'Busy, try again.',
  })
  await page.goto(at('lishui'))
  await settled(page)
  await expect(page.getByRole('alert')).toContainText('服务繁忙')
  await expect(page.locator('.cats .muted')).toHaveCount(0)
  await expect(page.getByText(/在架服务\s*0|共 0/)).toHaveCount(0)
  await page.unroute(/\/api\/v1\/portal\/listings/)
  await page.getByRole('button', { name: '重试' }).click()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(page.locator('.cats .muted').first()).toBeVisible()
  expect(faults.splice(0).every((f) => /503/.test(f))).toBe(true)
})

test('the longest price breaks no page', async ({ page }) => {
  // As if all of them cost the most that a price can be.
  await page.addInitScript(() => {
    const real = window.fetch
    window.fetch = async (...words) => {
      const response = await real(...words)
      if (!/portal\/listings\?/.test(String(words[0]))) return response
      const list = (await response.json()) as { items: object[] }
      const price = {
        pricing: 'range',
        price: 123456789012,
        price_high: 999999999999,
        price_unit: '每年每一百个账号（含全部实施费用）',
      }
      return new Response(JSON.stringify({ ...list, items: list.items.map((item) => ({ ...item, ...price })) }), {
        status: response.status,
        headers: response.headers,
      })
    }
  })
  for (const path of ['/', '/services']) {
    await page.goto(at('lishui', path))
    await settled(page)
    await expect(page.getByText(/9,999,999,999/).first()).toBeVisible()
    for (const size of [WIDE, { width: 1024, height: 768 }, PHONE, { width: 320, height: 700 }]) {
      await page.setViewportSize(size)
      await noSideways(page, `${path} at ${size.width}`)
      const title = await page.locator('.item h3').first().boundingBox()
      expect(title!.width, `${path} at ${size.width}`).toBeGreaterThan(100)
    }
  }
})
