// What must not go wrong in the centre: work is never lost, a lie is told, one platform's answer leaves the others alone.
import { accessible, at, expect, facts, password, settled, signIn, test } from './base'

test.beforeEach(async ({ context }) => { await signIn(context, 'lishui', facts.member) })

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
  await page.getByRole('button', { name: '保存并继续' }).click({ timeout: 3000 }).catch(() => undefined)
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

test('two windows edit one product: the second is told, keeps its words, and may save them', async ({ page, context }) => {
  const other = await context.newPage()
  for (const p of [page, other]) { await p.goto(at('lishui', `/center/products/${facts.product}`)); await settled(p) }
  await other.getByLabel('简介').fill('另一窗口的修改。')
  await other.getByRole('button', { name: '保存', exact: true }).click()
  await expect(other.getByText('已保存。')).toBeVisible()
  await page.getByLabel('计价单位').fill('机时')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('资料已被他人修改')).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: '载入最新内容并保留我的修改' }).click()
  await expect(page.getByLabel('简介')).toHaveValue('另一窗口的修改。')
  await expect(page.getByLabel('计价单位')).toHaveValue('机时')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('已保存。')).toBeVisible()
})

test('a file that is not what its name says is refused in words, and the page goes on', async ({ page }) => {
  await page.goto(at('lishui', `/center/products/${facts.product}`))
  await settled(page)
  await expect(page.locator('#pictures')).toBeEnabled() // which setInputFiles does not mind
  await page.locator('#pictures').setInputFiles({ name: 'cover.png', mimeType: 'image/png', buffer: Buffer.from('<script>alert(1)</script>') })
  await expect(page.getByRole('alert')).toBeVisible()
  await accessible(page)
  await page.getByLabel('计价单位').fill('次')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('已保存。')).toBeVisible()
})

test('the cell of the matrix opens by keyboard, shows what differs, and closes with the focus back', async ({ page }) => {
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
