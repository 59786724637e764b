// What Chromium 87 and Safari 14.1 do not have is taken away before each page: it must still come up, and its
// dialogs open and close.
import { accessible, at, expect, facts, settled, signIn, test } from './base'

function takeAway() {
  const gone: [object, string[]][] = [
    [Object, ['hasOwn', 'groupBy']],
    [Array, ['fromAsync']],
    [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']],
    [String.prototype, ['at', 'isWellFormed']],
    [Promise, ['withResolvers', 'try']],
    [AbortSignal, ['timeout', 'any']],
    [Crypto.prototype, ['randomUUID']],
    [window, ['structuredClone', 'requestIdleCallback', 'cancelIdleCallback', 'scheduler']],
    [HTMLElement.prototype, ['showPopover', 'inert']],
    [HTMLDialogElement.prototype, ['show', 'showModal', 'close', 'open', 'returnValue']],
    [Element.prototype, ['checkVisibility']],
  ]
  for (const [where, names] of gone) for (const name of names) delete (where as Record<string, unknown>)[name]
}

test.beforeEach(async ({ context }) => {
  await context.addInitScript(takeAway)
})

test('the portal comes up', async ({ page }) => {
  await page.goto(at('lishui', '/services'))
  await settled(page)
  expect(
    await page.evaluate(() => [
      'at' in [],
      typeof (document.createElement('dialog') as { showModal?: unknown }).showModal,
    ]),
  ).toEqual([false, 'undefined'])
  await expect(page.getByRole('link', { name: '公共检测平台机时预约' }).first()).toBeVisible()
  // Put back by app/older.ts: stores call it when they are patched.
  expect(
    await page.evaluate(() =>
      (Object as unknown as { hasOwn?(o: object, k: string): boolean }).hasOwn?.({ a: 1 }, 'a'),
    ),
  ).toBe(true)
})

test('a dialog opens over the page, takes the focus, and goes with Escape', async ({ page, context }) => {
  await signIn(context, 'lishui', facts.member)
  await page.goto(at('lishui', '/center/matrix'))
  await settled(page)
  const cell = page.getByRole('button', { name: '检测方案定制 在 丽水市企业服务平台：未上架' })
  await cell.click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toBeVisible()
  expect(await dialog.evaluate((d) => d.contains(document.activeElement))).toBe(true)
  await accessible(page)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await page
    .getByRole('button', { name: /^更多操作/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: '全部下架并删除' }).click()
  await expect(page.getByRole('dialog')).toContainText('全部下架并删除')
  await page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('a declared record comes up with its form', async ({ page, context }) => {
  await signIn(context, 'lishui', facts.enterprise)
  await page.goto(at('lishui', '/enterprise/records/orders?new=1'))
  await settled(page)
  const form = page.getByRole('dialog')
  await expect(form.getByLabel(/^数量/)).toBeVisible()
  await form.getByRole('button', { name: '保存', exact: true }).click()
  await expect(form.getByRole('alert').first()).toContainText('请填写此项')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
