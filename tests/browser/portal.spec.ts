// What visitors see: the home page, lists, a service, a shop, comparison, barrier-free reading; with scripts and
// without.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, noKeys, noSideways, PHONE, settled, test, WIDE } from './base'

const NARROW = { width: 320, height: 700 }
interface Listed {
  id: string
  name: string
  institution: { id: string; name: string }
}

/** What is on the shelf; asked from within a page, whose browser alone resolves the host's name. */
async function items(page: Page): Promise<Listed[]> {
  await page.goto(at('lishui', '/sign-in'))
  return page.evaluate(
    async () => ((await (await fetch('/api/v1/portal/listings?limit=5')).json()) as { items: Listed[] }).items,
  )
}

test('public pages fit and are accessible, from 320 points on, in both languages and high contrast', async ({
  page,
  as,
}) => {
  test.setTimeout(240_000)
  const [first] = await items(page)
  expect(first).toBeTruthy()
  const paths = ['/', '/services', `/services/${first!.id}`, `/institutions/${first!.institution.id}`, '/privacy']
  const english = await as('lishui', '', { locale: 'en-GB' })
  for (const path of paths)
    for (const one of [page, english]) {
      await one.goto(at('lishui', path))
      await settled(one)
      for (const size of [WIDE, PHONE, NARROW]) {
        await one.setViewportSize(size)
        await noSideways(one, `${path} at ${size.width}`)
      }
      await accessible(one, `${path} at ${NARROW.width}`)
      await one.setViewportSize(WIDE)
      await accessible(one, `${path} at ${WIDE.width}`)
      await noKeys(one, path)
    }
  await page.evaluate(() => localStorage.setItem('qilian.barrier', '{"contrast":true,"bar":true,"size":"largest"}'))
  for (const path of paths) {
    await page.goto(at('lishui', path))
    await settled(page)
    await expect(page.locator('html')).toHaveClass(/contrast/)
    await accessible(page, `${path} in high contrast`)
    await noSideways(page, `${path} in the largest type`)
  }
})

test('a page can be read and gone through without scripts', async ({ browser, page }) => {
  const [first] = await items(page)
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'zh-CN', viewport: PHONE })
  const plain = await context.newPage()
  await plain.goto(at('lishui', '/'))
  await expect(plain.getByRole('heading', { level: 1 })).toHaveText('丽水市企业服务平台')
  await plain.getByRole('searchbox').fill(first!.name)
  await plain.getByRole('button', { name: '搜索' }).click()
  await expect(plain).toHaveURL(/\/services\?q=/)
  await plain.getByRole('link', { name: first!.name, exact: true }).first().click()
  await expect(plain.getByRole('heading', { level: 1 })).toHaveText(first!.name)
  await plain.getByRole('link', { name: first!.institution.name }).first().click()
  await expect(plain.getByRole('heading', { level: 1 })).toHaveText(first!.institution.name)
  await expect(plain.getByText(/ICP备/)).toBeVisible()
  expect(await plain.locator('html').evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0)
  await context.close()
})

test('the words of the server stay until the page is drawn, and nothing is empty between', async ({ page }) => {
  await page.addInitScript(() => {
    const seen: boolean[] = []
    Object.assign(window, { seen })
    const look = () => {
      if (document.getElementById('app')) seen.push(!!document.querySelector('#app h1'))
      requestAnimationFrame(look)
    }
    look()
  })
  await page.route(/\/api\/v1\/portal\//, async (route) => {
    await new Promise((resolve) => {
      setTimeout(resolve, 400)
    })
    await route.continue()
  })
  await page.goto(at('lishui', '/services'))
  await settled(page)
  const seen = await page.evaluate(() => (window as unknown as { seen: boolean[] }).seen)
  const from = seen.indexOf(true)
  expect(from).toBeGreaterThanOrEqual(0)
  expect(seen.slice(from).every(Boolean)).toBe(true)
})

test('what narrows a list is a chip that can be taken off; the view is kept', async ({ page }) => {
  await page.goto(at('lishui', '/services'))
  await settled(page)
  await expect(page.locator('.sort option').filter({ hasText: '默认' })).toHaveText('最新（默认）')
  const facet = page.locator('aside button').first()
  await facet.click()
  await expect(page).toHaveURL(/\?(category|region|industry)=/)
  const chip = page.locator('.chips li button').first()
  await expect(chip).toHaveAccessibleName(/^取消条件：/)
  await accessible(page, 'chips')
  await page.getByRole('button', { name: '网格' }).click()
  await chip.click()
  await expect(page).toHaveURL(/\/services$/)
  await expect(page.locator('.chips')).toHaveCount(0)
  await page.reload()
  await settled(page)
  await expect(page.getByRole('button', { name: '网格' })).toHaveAttribute('aria-pressed', 'true')
})

test('a service says whom to call, where it lies, and what else there is', async ({ page }) => {
  const [first] = await items(page)
  await page.goto(at('lishui', `/services/${first!.id}`))
  await settled(page)
  await expect(page.locator('.crumbs li').last()).toHaveText(first!.name)
  await expect(
    page
      .locator('.offer')
      .getByRole('link', { name: /^电话咨询|^0578|^\d/ })
      .first(),
  ).toHaveAttribute('href', /^tel:/)
  await expect(page.getByRole('link', { name: '在线下单' })).toHaveAttribute('href', /listing_id=/)
  await page.getByRole('link', { name: '进入机构商铺' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(first!.institution.name)
  await page.getByRole('tab', { name: /在架服务/ }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: /评价/ })).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: /资质/ })).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tabpanel')).toContainText('统一社会信用代码')
  await accessible(page, 'shop')
})

test('who orders from a service finds it chosen', async ({ as }) => {
  const page = await as('lishui', facts.enterprise)
  const [first] = await items(page)
  await page.goto(at('lishui', `/services/${first!.id}`))
  await settled(page)
  await page.getByRole('link', { name: '在线下单' }).click()
  await expect(page.getByRole('dialog').or(page.locator('main')).getByText(first!.name).first()).toBeVisible()
})

test('services are compared side by side, kept over a reload, and taken away', async ({ page }) => {
  const two = (await items(page)).slice(0, 2)
  for (const one of two) {
    await page.goto(at('lishui', `/services/${one.id}`))
    await settled(page)
    await page.locator('.offer').getByRole('button', { name: '加入对比' }).click()
  }
  await page.reload()
  await settled(page)
  await page.getByRole('link', { name: '开始对比' }).click()
  await expect(page.locator('thead th')).toHaveCount(two.length)
  for (const size of [WIDE, PHONE, NARROW]) {
    await page.setViewportSize(size)
    await noSideways(page, `compare at ${size.width}`)
    await accessible(page, `compare at ${size.width}`)
  }
  await page.emulateMedia({ media: 'print' })
  await expect(page.locator('thead th').first()).toBeVisible()
  await expect(page.getByRole('button', { name: '打印' })).toBeHidden()
  await page.emulateMedia({ media: 'screen' })
  await page.getByRole('button', { name: '全部清除' }).click()
  await expect(page.getByText('还没有选择要对比的服务')).toBeVisible()
})

test('barrier-free reading: by keyboard, kept, read aloud, and given up', async ({ page }) => {
  await page.addInitScript(() => {
    const said: string[] = []
    Object.assign(window, { said })
    Object.defineProperty(window, 'speechSynthesis', {
      value: { speak: (u: { text: string }) => said.push(u.text), cancel: () => undefined },
    })
    Object.assign(window, {
      SpeechSynthesisUtterance: class {
        constructor(public text: string) {}
      },
    })
  })
  await page.goto(at('lishui', '/privacy'))
  await settled(page)
  await page.getByRole('button', { name: '无障碍', exact: true }).press('Enter')
  const bar = page.getByRole('region', { name: '无障碍工具' })
  await bar.getByRole('radio', { name: '特大' }).check()
  await bar.getByRole('checkbox', { name: '高对比度' }).press(' ')
  await bar.getByRole('checkbox', { name: '大光标' }).press(' ')
  await bar.getByRole('checkbox', { name: '阅读线' }).press(' ')
  await expect(page.locator('html')).toHaveClass(/largest/)
  await expect(page.locator('html')).toHaveClass(/contrast/)
  await accessible(page, 'the bar')
  await bar.getByRole('button', { name: '朗读本页' }).press('Enter')
  expect(await page.evaluate(() => (window as unknown as { said: string[] }).said.join(''))).toContain('个人信息')
  await page.reload()
  await settled(page)
  await expect(page.locator('html')).toHaveClass(/largest/)
  await expect(bar.getByRole('checkbox', { name: '大光标' })).toBeChecked()
  for (const size of [PHONE, NARROW]) {
    await page.setViewportSize(size)
    await noSideways(page, `the bar at ${size.width}`)
  }
  await bar.getByRole('button', { name: '恢复默认' }).press('Enter')
  await expect(page.locator('html')).not.toHaveClass(/largest|contrast|elder|cursor/)
  await bar.press('Escape')
  await expect(bar).toHaveCount(0)
  await expect(page.getByRole('button', { name: '无障碍', exact: true })).toBeFocused()
})

test('where nothing can speak, nothing offers to', async ({ page }) => {
  await page.addInitScript(() => {
    // @ts-expect-error a browser without it
    delete window.speechSynthesis
    delete (Window.prototype as unknown as Record<string, unknown>).speechSynthesis
  })
  await page.goto(at('lishui', '/privacy'))
  await settled(page)
  await page.getByRole('button', { name: '无障碍', exact: true }).click()
  await expect(page.getByRole('region', { name: '无障碍工具' })).toBeVisible()
  await expect(page.getByRole('button', { name: '朗读本页' })).toHaveCount(0)
})
