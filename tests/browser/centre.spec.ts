// What must not go wrong in the centre: work is never lost, a lie is told, one platform's answer leaves the others
// alone.
import { accessible, at, expect, facts, password, settled, signIn, test } from './base'

test.beforeEach(async ({ context }) => {
  await signIn(context, 'lishui', facts.member)
})

test('the session ends in mid-form: sign in over the page, nothing typed is lost', async ({ browser }) => {
  // A context of its own: ending this session must not end the one that the other tests share.
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(at('lishui', '/sign-in?then=/center/profile'))
  await page.getByLabel('用户名或手机号').fill(facts.member)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.locator('form').getByRole('button', { name: '登录', exact: true }).click()
  await settled(page)
  await page.getByLabel('地址').fill('会话中断路 1 号')
  await context.clearCookies()
  // A poll may notice before the click does: then the dialog lies over the button already.
  await page
    .getByRole('button', { name: '保存并继续' })
    .click({ timeout: 3000 })
    .catch(() => undefined)
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('登录已过期')
  await accessible(page)
  await dialog.getByLabel('用户名或手机号').fill(facts.member)
  await dialog.getByLabel('密码', { exact: true }).fill(password)
  await dialog.locator('form').getByRole('button', { name: '登录', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByLabel('地址')).toHaveValue('会话中断路 1 号')
  await page.getByRole('button', { name: '保存并继续' }).click()
  await expect(page.getByRole('heading', { name: '联系方式' })).toBeVisible()
  await context.close()
})

test('two windows edit one product: the second is told, keeps its words, and may save them', async ({
  page,
  context,
}) => {
  const other = await context.newPage()
  for (const p of [page, other]) {
    await p.goto(at('lishui', `/center/products/${facts.product}`))
    await settled(p)
  }
  await other.getByLabel('简介').fill('另一窗口的修改。')
  await other.getByRole('button', { name: '保存并更新各平台' }).click()
  await expect(other.getByText('已保存。')).toBeVisible()
  await page.getByLabel('计价单位').fill('机时')
  await page.getByRole('button', { name: '保存并更新各平台' }).click()
  await expect(page.getByText('资料已被他人修改')).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: '载入最新内容并保留我的修改' }).click()
  await expect(page.getByLabel('简介')).toHaveValue('另一窗口的修改。')
  await expect(page.getByLabel('计价单位')).toHaveValue('机时')
  await page.getByRole('button', { name: '保存并更新各平台' }).click()
  await expect(page.getByText('已保存。')).toBeVisible()
})

test('a file that is not what its name says is refused in words, and the page goes on', async ({ page }) => {
  await page.goto(at('lishui', `/center/products/${facts.product}`))
  await settled(page)
  await expect(page.locator('#pictures')).toBeEnabled() // which setInputFiles does not mind
  await page
    .locator('#pictures')
    .setInputFiles({ name: 'cover.png', mimeType: 'image/png', buffer: Buffer.from('<script>alert(1)</script>') })
  await expect(page.getByRole('alert')).toBeVisible()
  await accessible(page)
  await page.getByLabel('计价单位').fill('次')
  await page.getByRole('button', { name: '保存并更新各平台' }).click()
  await expect(page.getByText('已保存。')).toBeVisible()
})

test('the cell of the matrix opens by keyboard, shows what differs, and closes with the focus back', async ({
  page,
}) => {
  await page.goto(at('lishui', '/center/matrix'))
  await settled(page)
  const cell = page.getByRole('button', { name: '检测方案定制 在 丽水市企业服务平台：未上架' })
  await cell.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(dialog).toBeVisible()
  await accessible(page)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(cell).toBeFocused()
})

test('faults of a form are told at their fields and listed', async ({ page }) => {
  await page.goto(at('lishui', '/center/products/new'))
  await settled(page)
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('处需要修改')
  await accessible(page)
})

test('a wrong invite code is told at once, a code from a link is kept out of the address', async ({ page }) => {
  await page.goto(at('lishui', '/join-by-code#ABCD-EFGH-JKMN-PQRS'))
  await expect(page.getByLabel('邀约码')).toHaveValue('ABCD-EFGH-JKMN-PQRS')
  await expect(page).not.toHaveURL(/ABCD/)
  await page.getByLabel('同意向邀约平台共享机构资料').check()
  await page.getByRole('button', { name: '使用邀约码入驻' }).click()
  await expect(page.getByRole('alert')).toContainText('邀约码')
  await accessible(page)
})

test('numbers are read as people type them; what is none is told at its field and neither sent nor lost', async ({
  page,
}) => {
  const stored = () =>
    page.evaluate(async () => {
      const j = await (await fetch('/api/v1/institution')).json()
      return (j.institution ?? j).registered_capital as number | null
    })
  await page.goto(at('lishui', '/center/profile'))
  await settled(page)
  const box = page.locator('.row', { hasText: '注册资本' }).locator('input').first(),
    next = page.locator('form button.button:not(.quiet)').first()
  const before = await stored()
  for (const [typed, shown] of [
    ['12.5', '12.5'],
    ['1,200', '1,200'],
    ['１２００', '１２００'],
    ['￥350', '￥350'],
  ]) {
    await box.fill('')
    await box.pressSequentially(typed)
    await expect(box).toHaveValue(shown)
    await expect(page.locator('.fault')).toHaveCount(0)
  }
  for (const typed of ['一百万', '12,5', '1.2.3', '约120']) {
    await box.fill(typed)
    await next.click()
    await expect(page.locator('.row', { hasText: '注册资本' }).locator('.fault')).toContainText('读不出金额')
    await expect(box).toHaveValue(typed)
    expect(await stored()).toBe(before)
  }
  await accessible(page)
  await page.evaluate(() => localStorage.clear())
})

test('a code is taken with all that brings it', async ({ page }) => {
  const wide = (text: string) =>
    [...text].map((c) => (c >= '!' && c <= '~' ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)).join('')
  await page.goto(at('lishui', '/join-by-code'))
  await page.getByLabel('同意向邀约平台共享机构资料').check()
  for (const typed of [
    wide('ABCD-EFGH-JKMN-PQRS'),
    '邀约码ABCD-EFGH-JKMN-PQRS，2026-12-29前有效',
    'http://zhejiang.localhost/join-by-code#ABCD-EFGH-JKMN-PQRS',
    '\u200babcd efgh jkmn pqrs\ufeff',
  ]) {
    await page.getByLabel('邀约码', { exact: true }).fill(typed)
    await expect(page.getByRole('button', { name: '使用邀约码入驻' })).toBeEnabled()
  }
})
