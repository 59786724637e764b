// The city's own work (ZJ-5): who qualifies, recommending several at once, what a refusal says, and where it leads.
import type { Page } from '@playwright/test'
import { at, expect, facts, look, noKeys, settled, test } from './base'

const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const go = async (page: Page, path: string) => {
  await page.goto(at('lishui', path))
  await settled(page)
}
/** An API call as whoever is signed in on the page. */
const ask = (page: Page, path: string, method = 'GET', body?: object, etag?: number) =>
  page.evaluate(
    async ([path, method, body, etag]) => {
      const answer = await fetch(`/api/v1${path}`, {
        method: method as string,
        headers: { 'Content-Type': 'application/json', ...(etag ? { 'If-Match': `"${etag}"` } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      return { status: answer.status, body: answer.status === 204 ? null : await answer.json() }
    },
    [path, method, body, etag] as const,
  )

test('the list says who qualifies, filters and sorts by it, and follows a profile edited meanwhile', async ({ as }) => {
  const page = await as('lishui', 'reviewer_a')
  await go(page, '/desk/institutions')
  const barred = facts.walkers.barred
  const row = page.getByRole('row', { name: new RegExp(barred.name) })
  await page.getByRole('button', { name: /^预检：不能推荐/ }).click()
  await expect(row).toContainText('不能推荐')
  await expect(row).toContainText('不符合 1')
  await expect(page).toHaveURL(/check=barred/)
  await page.getByRole('button', { name: /^预检：不能推荐/ }).click()
  await page.getByRole('columnheader', { name: '预检' }).getByRole('button').click()
  await expect(page).toHaveURL(/sort=preflight/)
  await expect(page.locator('tbody tr').first()).toContainText('可推荐')
  await expect(page.locator('tbody tr').last()).toContainText('不能推荐')
  await look(page, 'certified institutions')
  await noKeys(page, 'certified institutions')

  // Another of the desk edits the profile; the open list follows by itself, at its filter.
  const colleague = await as('lishui', 'platform_admin_a')
  await go(colleague, `/desk/institutions/${barred.id}`)
  const set = async (free: boolean) => {
    const now = await ask(colleague, `/institutions/${barred.id}`)
    const put = await ask(colleague, `/institutions/${barred.id}`, 'PATCH', { penalty_free: free }, now.body.version)
    expect(put.status).toBe(200)
  }
  await go(page, `/desk/institutions?q=${barred.uscc}`)
  await expect(row).toContainText('不能推荐')
  await set(true)
  try {
    await expect(row).toContainText('可推荐')
  } finally {
    await set(false)
  }
  await expect(row).toContainText('不能推荐')
})

test('what is not stated leads to where it is filled in', async ({ as }) => {
  const page = await as('lishui', 'platform_admin_a')
  const { idle } = facts.walkers
  await go(page, `/desk/institutions?q=${idle.uscc}`)
  const set = async (served: number | null) => {
    const now = await ask(page, `/institutions/${idle.id}`)
    expect(
      (await ask(page, `/institutions/${idle.id}`, 'PATCH', { enterprises_served: served }, now.body.version)).status,
    ).toBe(200)
    return now.body.enterprises_served as number
  }
  const before = await set(null)
  try {
    await page
      .getByRole('link', { name: new RegExp(`^去填报.*${idle.name}`) })
      .first()
      .click()
    await expect(page.getByLabel(/年服务企业/)).toBeFocused()
  } finally {
    await set(before)
  }
})

test('six are recommended with one reason in five clicks; each is on its way', async ({ as }) => {
  test.setTimeout(120_000)
  const page = await as('lishui', 'reviewer_a')
  let clicks = 0
  const click = async (what: ReturnType<Page['locator']>) => {
    clicks++
    await what.click()
  }
  await go(page, '/desk/institutions?standing=no&check=ready')
  await click(page.getByRole('checkbox', { name: '全选' }))
  await click(page.getByRole('button', { name: /^推荐所选/ }))
  const form = drawer(page)
  const rows = form.locator('tbody')
  await expect(rows.nth(1)).toBeVisible()
  const many = await rows.count()
  await expect(form).toContainText('浙江')
  // Without a reason nothing is sent: each is named, and leads to its field.
  await form.getByRole('button', { name: /^提交/ }).click()
  const faults = form.locator('.summary')
  await expect(faults).toBeFocused()
  const empty = await rows
    .getByLabel(/推荐理由/)
    .evaluateAll((all) => all.filter((a) => !(a as HTMLTextAreaElement).value).length)
  await expect(faults.getByRole('link')).toHaveCount(empty)
  await look(page, 'recommend several, without a reason')
  await form.getByLabel('同一理由应用到全部').fill('服务能力强，企业评价好。')
  await click(form.getByRole('button', { name: '应用到全部' }))
  await expect(rows.getByLabel(/推荐理由/).first()).not.toHaveValue('')
  // All but one are left out again: other tests want theirs.
  for (let n = many; n > 1; n--)
    await form
      .getByRole('button', { name: /^移出本批/ })
      .last()
      .click()
  const name = await rows.locator('th a').first().textContent()
  await click(form.getByRole('button', { name: /^提交/ }))
  expect(clicks).toBeLessThanOrEqual(5)
  const done = form.getByRole('status')
  await expect(done).toBeFocused()
  await expect(done).toContainText(`已推荐：${name!.trim()}`)
  await expect(done).toContainText('审核员')
  await look(page, 'recommended')
  await noKeys(page, 'recommended')
  await page.keyboard.press('Escape')

  // Withdrawn again, which ends on a note of its own.
  await go(page, '/desk/institutions?standing=review')
  await page.getByRole('button', { name: `取消推荐 ${name!.trim()}` }).click()
  await page.locator('dialog[open]').getByRole('button', { name: '取消推荐' }).click()
  await expect(page.getByRole('status').filter({ hasText: '已取消推荐' })).toContainText('浙江')
})

test('a refusal is said where the button is, names the condition and whose it is, and keeps what was typed', async ({
  as,
}) => {
  const page = await as('lishui', 'reviewer_a')
  const { idle } = facts.walkers
  await go(page, `/desk/institutions?q=${idle.uscc}`)
  await page.getByRole('button', { name: `推荐 ${idle.name}` }).click()
  const form = drawer(page)
  await form.getByLabel(/推荐理由/).fill('理由应当保留')
  await form.getByLabel(/参保人数/).fill('5')
  await form.getByLabel(/其中大专/).fill('9')
  await form.getByRole('button', { name: '提交推荐' }).click()
  const faults = form.locator('.summary')
  await expect(faults).toBeFocused()
  await expect(faults).toBeInViewport()
  await faults.getByRole('link').click()
  await expect(form.getByLabel(/其中大专/)).toBeFocused()
  await expect(form.getByLabel(/推荐理由/)).toHaveValue('理由应当保留')
})

test('an institution that is known is invited without its number being typed', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  const { idle } = facts.walkers
  await page.goto(at('zhejiang', '/desk/invitations'))
  await settled(page)
  await page.getByRole('button', { name: '发出邀约', exact: true }).click()
  const form = drawer(page)
  await form.getByLabel(/^机构/).fill(idle.name.slice(0, 6))
  await form.getByRole('list', { name: '已知机构' }).getByRole('button', { name: idle.name }).click()
  await expect(form.getByLabel('统一社会信用代码')).toHaveValue(idle.uscc)
  await expect(form).toContainText('使用机构登记的手机')
  await expect(form).toContainText('****')
  await look(page, 'invite by the contact on file')
  // Of another code it is not the contact.
  await form.getByLabel('统一社会信用代码').fill('91331102BCPPCHCU60')
  await expect(form).not.toContainText('使用机构登记的手机')
  await form.getByLabel('统一社会信用代码').fill('')
  await form.getByLabel(/^机构/).fill(idle.name.slice(0, 6))
  await form.getByRole('list', { name: '已知机构' }).getByRole('button', { name: idle.name }).click()
  await form.getByRole('button', { name: '发出邀约' }).click()
  await expect(drawer(page)).toHaveCount(0)
  await expect(page.getByRole('status').filter({ hasText: `邀约已发出：${idle.name}` })).toBeVisible()
  await look(page, 'invited')
  await page
    .getByRole('button', { name: `撤销 ${idle.name}` })
    .first()
    .click()
  await page.locator('dialog[open]').getByRole('button', { name: '撤销' }).click()
})

test('the audit administrator finds who approved an institution, and why, without a code on the page', async ({
  as,
}) => {
  const page = await as('zhejiang', 'audit_admin_a')
  await page.goto(at('zhejiang', '/desk/audit'))
  await settled(page)
  await page.getByLabel('机构、编号或人员').fill(facts.cases.refused.name)
  await page.getByRole('button', { name: '查询' }).click()
  const refused = page.getByRole('row', { name: /不通过/ }).first()
  await expect(refused).toContainText(facts.cases.refused.name)
  await expect(refused).toContainText('审核员')
  await expect(refused).toContainText('理由')
  await look(page, 'the log about one institution')
  await noKeys(page, 'the log about one institution')
  await refused.getByRole('button', { name: /的全部操作$/ }).click()
  await expect(page.getByRole('button', { name: /只看这名操作人/ })).toBeVisible()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.getByRole('button', { name: '重置' }).click()
  await page.getByLabel('记录类型').selectOption({ label: '账号' })
  await expect(page.locator('tbody tr').first()).toContainText('账号')
  // Words, not numbers, in English as well.
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.locator('tbody tr').first()).toContainText(/account/i)
  await look(page, 'the log in English')
})

test('messages by kinds that are named, unread ones, all read', async ({ as }) => {
  for (const [slug, login, path] of [
    ['lishui', 'reviewer_a', '/desk/records/messages'],
    ['lishui', facts.member, '/center/records/messages'],
    ['lishui', facts.enterprise, '/enterprise/records/messages'],
  ]) {
    const page = await as(slug, login)
    await page.goto(at(slug, path))
    await settled(page)
    await expect(page.getByRole('group', { name: '类别' })).toBeVisible()
    await look(page, path)
    await noKeys(page, path)
    const all = page.getByRole('button', { name: '全部标为已读' })
    if (await all.count()) {
      await page.getByRole('button', { name: /^只看未读/ }).click()
      await expect(page.getByText('未读：').first()).toBeAttached()
      await all.click()
      await expect(page.getByRole('status').filter({ hasText: '已全部标为已读' })).toBeVisible()
      await expect(page.getByText('没有未读消息。')).toBeVisible()
    }
  }
})
