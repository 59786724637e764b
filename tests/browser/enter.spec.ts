// Everything between the door and the page: what must be done first, the way home from another platform and back,
// external identities.
import { createHmac } from 'node:crypto'
import { type Page } from '@playwright/test'
import { at, expect, facts, look, noKeys, password, settled, test } from './base'

const FIRST = 'first password 9 of it'

/** RFC 6238; `ahead` periods from now, since no code is taken twice. */
function totp(secret: string, ahead = 0) {
  const bits = [...secret.replace(/=+$/, '')]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead))
  const mac = createHmac('sha1', key).update(counter).digest(),
    offset = mac[19] & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1000000).padStart(6, '0')
}
async function fill(page: Page, login: string, word: string) {
  await page.getByLabel(/^(用户名或手机号|User name or mobile)$/).fill(login)
  await page.getByLabel(/^(密码|Password)$/).fill(word)
  await page.getByRole('button', { name: /^(登录|Sign in)$/ }).click()
}
/** Who the identity provider says comes next. */
async function person(page: Page, query: string) {
  await page.request.get(`${process.env.QILIAN_IDENTITIES}/next?${query}`)
}
const identity = (page: Page) => page.getByRole('button', { name: '96871 账号', exact: true }).click()

for (const [lang, login] of [
  ['zh-CN', 'first_day_zh'],
  ['en-GB', 'first_day_en'],
] as const)
  test(`a password that somebody else set is changed before anything else (${lang})`, async ({ as }) => {
    const page = await as('lishui', '', { locale: lang }),
      chosen = `${password} and ${lang}`
    await page.goto(at('lishui', '/center/products'))
    await fill(page, login, FIRST)
    await expect(page.getByLabel(/^(当前密码|Current password)$/)).toBeVisible()
    await look(page, 'first password')
    // Neither a reload nor another address gets past it; what is public stays readable, and the page comes back.
    await page.goto(at('lishui', '/center/account'))
    await expect(page).toHaveURL(/\/required\?then=/)
    await settled(page)
    await look(page, 'required')
    await noKeys(page, 'required')
    await page.goto(at('lishui', '/services'))
    await settled(page)
    await page.goto(at('lishui', '/center/products'))
    await page.getByLabel(/^(当前密码|Current password)$/).fill(FIRST)
    await page.getByLabel(/^(新密码|New password)$/).fill('short')
    await page.getByRole('button', { name: /^(保存并继续|Save and go on)$/ }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await page.getByLabel(/^(新密码|New password)$/).fill(chosen)
    await page.getByRole('button', { name: /^(保存并继续|Save and go on)$/ }).click()
    await expect(page).toHaveURL(at('lishui', '/center/products'))
    await expect(page.locator('h1')).toHaveText(/^(服务产品|Products)$/)
  })

test('a second factor that the platform asks for is set up before anything else', async ({ as }) => {
  const page = await as('suichang', '')
  await page.goto(at('suichang', '/desk'))
  await fill(page, 'reviewer_a', password)
  await page.getByLabel('当前密码').fill(password)
  await page.getByRole('button', { name: '开始绑定' }).click()
  const secret = (await page.locator('code').textContent())!.trim()
  await look(page, 'authenticator')
  await page.getByLabel('6 位数字', { exact: true }).fill('000000')
  await page.getByRole('button', { name: '确认并继续' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  await page.getByLabel('6 位数字', { exact: true }).fill(totp(secret))
  await page.getByRole('button', { name: '确认并继续' }).click()
  await expect(page.locator('h1')).toHaveText('待办')
  // From another platform it is asked at home, and the desk there opens.
  const other = await as('zhejiang', '')
  await other.goto(at('zhejiang', '/desk'))
  await settled(other)
  await fill(other, 'reviewer_a', password) // the province has its own of this name: it stays there
  await expect(other).toHaveURL(at('zhejiang', '/desk'))
})

test('who signs in on another platform is taken home, and back to a public page', async ({ as }) => {
  const page = await as('zhejiang', '')
  await page.goto(at('zhejiang', '/join'))
  await settled(page)
  await page.locator('main').getByRole('link', { name: '登录', exact: true }).click()
  await fill(page, facts.member, 'no such password at all')
  await expect(page.getByRole('alert')).toContainText('账号或密码不正确')
  await fill(page, facts.member, password)
  await expect(page).toHaveURL(at('lishui', '/center/platforms'))
  await settled(page)
  await page.goto(at('zhejiang', '/sign-in?then=/services'))
  await fill(page, facts.member, password)
  await expect(page).toHaveURL(at('zhejiang', '/services'))
  await settled(page)
  await expect(page.getByRole('button', { name: '退出登录' })).toBeVisible()
  // The way in leads a visitor home.
  await page.goto(at('zhejiang', '/join'))
  await settled(page)
  await look(page, 'join as a visitor')
  await page.locator('main').getByRole('link', { name: /^前往/ }).click()
  await expect(page).toHaveURL(at('lishui', '/center/platforms'))
})

test('a city administrator signs in at the province and lands at the own desk', async ({ as }) => {
  const page = await as('zhejiang', '')
  await page.goto(at('zhejiang', '/desk/cases'))
  await fill(page, 'system_admin_a', password) // of both platforms: the province's own
  await expect(page).toHaveURL(/zhejiang\.localhost/)
  const city = await as('hangzhou', '')
  await city.goto(at('hangzhou', '/desk/institutions'))
  await fill(city, 'platform_admin_a', password)
  await expect(city).toHaveURL(/\/\/(lishui|zhejiang)\.localhost:\d+\/desk\/institutions$/)
  await settled(city)
})

test('an external identity: cancelled, bound, signs in, and is unbound', async ({ as }) => {
  const who = facts.walkers.idle,
    page = await as('lishui', '')
  await person(page, 'sub=browser-1&refuse=1')
  await page.goto(at('lishui', '/sign-in?then=/center/account'))
  await settled(page)
  await look(page, 'sign-in with providers')
  await identity(page)
  await expect(page.getByRole('alert')).toContainText('已取消')
  await person(page, 'sub=browser-1&fault=nonce')
  await identity(page)
  await expect(page.getByRole('alert')).toContainText('身份提供方暂时无法')
  await person(page, 'sub=browser-1&name=张三')
  await identity(page)
  await expect(page.getByRole('heading', { name: '绑定已有账号' })).toBeVisible()
  expect(page.url()).not.toContain('bind=')
  await look(page, 'binding')
  await fill(page, who.login, password)
  await expect(page).toHaveURL(at('lishui', '/center/account'))
  await settled(page)
  await expect(page.locator('main')).toContainText('已绑定')
  await look(page, 'account with identities')

  const later = await as('lishui', '')
  await later.goto(at('lishui', '/sign-in'))
  await identity(later)
  await expect(later).toHaveURL(at('lishui', '/center'))
  const abroad = await as('zhejiang', '')
  await abroad.goto(at('zhejiang', '/sign-in'))
  await identity(abroad)
  await expect(abroad).toHaveURL(at('lishui', '/center'))

  const other = await as('lishui', facts.walkers.seller.login)
  await other.goto(at('lishui', '/center/account'))
  await settled(other)
  await other.getByRole('button', { name: '绑定 96871 账号' }).click()
  await expect(other.getByRole('alert')).toContainText('已绑定到另一账号')
  await page.getByRole('button', { name: '解除绑定 96871 账号' }).click()
  await expect(page.getByRole('button', { name: '绑定 96871 账号', exact: true })).toBeVisible()
})
