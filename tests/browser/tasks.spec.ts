// What the main tasks cost, each with a limit that it may not grow beyond: docs/tasks.md says what they are, and what
// they cost before.
import { at, code, expect, facts, password, PHONE, profile, settled, test } from './base'
import { counted } from './count'

test('from registration to the first product on three platforms', async ({ as }) => {
  test.setTimeout(240_000)
  const page = await as('lishui', ''),
    stamp = String(Date.now()),
    name = `丽水计步检测${stamp.slice(-5)}有限公司`,
    mobile = `136${stamp.slice(-8)}`
  await page.goto(at('lishui', '/register'))
  await settled(page)
  const count = await counted(page)
  await page.getByLabel('统一社会信用代码').fill(facts.fresh)
  await page.getByLabel('机构名称').fill(name)
  await page.getByLabel('机构类型').selectOption('social_service')
  await page.getByLabel('组织类型').selectOption('enterprise')
  await page.getByLabel('地区').selectOption('331102')
  await page.getByLabel('姓名').fill('王计步')
  await page.getByLabel('手机号').fill(mobile)
  await page.getByRole('button', { name: '获取验证码' }).click()
  await expect(page.getByText(`验证码已发送到 ${mobile}`)).toBeVisible()
  await page.getByLabel('短信验证码').fill(await code(mobile))
  await page.getByLabel('用户名').fill(`steps_${stamp}`)
  await page.getByLabel('密码').fill(password)
  await page.getByRole('checkbox', { name: /我已阅读并同意/ }).check()
  await page.getByRole('button', { name: '注册', exact: true }).click()
  await expect(page).toHaveURL(/\/center\/profile/)
  await settled(page)

  // What was said in registering is not asked again.
  await page.getByLabel('地址').fill('解放街 8 号')
  await page.getByRole('button', { name: '保存并继续' }).click()
  await expect(page.getByLabel('联系人', { exact: true })).toHaveValue('王计步')
  await page.getByLabel('简介').fill('面向中小企业的检测服务。')
  await page.getByRole('button', { name: '保存并继续' }).click()
  await page.getByLabel('专职人员').fill('30')
  await page
    .getByRole('radiogroup', { name: /近三年无行政处罚/ })
    .getByText('是', { exact: true })
    .click()
  await page.getByRole('button', { name: '保存并继续' }).click()
  // Check answers before sending; each part leads back.
  await expect(page.getByText('第 4 步，共 4 步')).toBeVisible()
  await expect(page.locator('main')).toContainText('解放街 8 号')
  await expect(page.getByRole('button', { name: '修改经营与人员' })).toBeVisible()
  await page.getByLabel('同意向该平台共享机构资料').check()
  await page.getByRole('button', { name: '提交申请' }).click()
  const sent = page.getByRole('status').filter({ has: page.getByRole('heading', { name: '认证申请已提交' }) })
  await expect(sent).toContainText('丽水市企业服务平台')
  await expect(sent).toContainText('王计步')
  count.within({ screens: 5, fields: 13, clicks: 9, keys: 0 }, 'registration to application')
  await approve('lishui')

  await sent.getByRole('link', { name: '查看进度，申请其他平台' }).click()
  for (const platform of ['浙江省', '杭州市'])
    await page.getByRole('checkbox', { name: new RegExp(`选择.*${platform}`) }).check()
  await page.getByRole('button', { name: '申请入驻所选 2 个平台' }).click()
  await page.getByLabel('同意向所选平台共享机构资料').check()
  await page.getByRole('button', { name: '提交 2 份申请' }).click()
  await expect(page.getByRole('heading', { name: '已提交 2 份申请' })).toBeVisible()
  for (const [slug, platform] of [
    ['zhejiang', '浙江省'],
    ['hangzhou', '杭州市'],
  ]) {
    await approve(slug)
    await expect(page.getByRole('row', { name: new RegExp(platform) })).toContainText('已入驻', { timeout: 20_000 })
  }

  await page.getByRole('link', { name: '准备服务产品' }).click()
  await page.getByLabel('服务产品名称').fill('计步检测上门服务')
  await page.getByRole('combobox', { name: '服务类别' }).press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: '定价方式' }).press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByLabel('价格', { exact: true }).fill('360')
  await page.getByLabel('简介').fill('上门取样，三天出报告。')
  await page.getByRole('button', { name: '保存并上架到…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '保存并上架到 3 个平台' }).click()
  await expect(page.getByRole('heading', { name: '已保存并提交上架' })).toBeVisible()
  count.within({ screens: 8, fields: 16, clicks: 18, keys: 6 }, 'registration to a product on three platforms')

  /** What the desks do costs the institution nothing. */
  async function approve(slug: string) {
    const desk = await as(slug, 'reviewer_a')
    await desk.goto(at(slug, '/desk/cases'))
    await desk.getByRole('link', { name }).first().click()
    await desk.getByRole('button', { name: /^通过/ }).first().click()
    const dialog = desk.getByRole('dialog')
    if (await dialog.isVisible()) await dialog.getByRole('button', { name: /通过/ }).click()
    await expect(desk.locator('main')).toContainText('已通过')
    await desk.close()
  }
})

test('an invite code on a telephone: its link, sign in, agree, use; the form is gone then', async ({ as }) => {
  const who = facts.walkers.counted,
    desk = await as('zhejiang', 'reviewer_a')
  await desk.goto(at('zhejiang', '/desk/invitations'))
  const made = await desk.evaluate(
    async (body) => {
      const answer = await fetch('/api/v1/invitations', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await answer.json()) as { code: string }
    },
    { uscc: who.uscc, name: who.name, contact_name: profile.contact_name, contact_mobile: who.mobile },
  )
  const phone = await as('lishui', '', { viewport: PHONE })
  await phone.goto(at('lishui', `/join-by-code#${made.code}`))
  await settled(phone)
  const count = await counted(phone)
  await phone.locator('main').getByRole('link', { name: '登录', exact: true }).click()
  await phone.getByLabel('用户名或手机号').fill(who.login)
  await phone.getByLabel('密码', { exact: true }).fill(password)
  await phone.locator('form').getByRole('button', { name: '登录', exact: true }).click()
  // A code that is wrong says whom to ask, by name and telephone.
  await expect(phone.getByLabel('邀约码', { exact: true })).toHaveValue(made.code)
  await phone.getByLabel('同意向邀约平台共享机构资料').check()
  await phone.getByRole('button', { name: '使用邀约码入驻' }).click()
  const done = phone.getByRole('status').filter({ has: phone.getByRole('heading', { level: 2 }) })
  await expect(done).toContainText('浙江省企业服务综合平台')
  await expect(phone.getByRole('button', { name: '使用邀约码入驻' })).toHaveCount(0)
  await expect(phone.getByLabel('邀约码', { exact: true })).toHaveCount(0)
  await expect(done.getByRole('link', { name: '我的平台' })).toBeVisible()
  count.within({ screens: 3, fields: 2, clicks: 4, keys: 0 }, 'an invite code on a telephone')
})

test('a city recommends one, and six; a reviewer decides one as it is, one judged, one by keys', async ({ as }) => {
  test.setTimeout(180_000)
  const city = await as('lishui', 'reviewer_a'),
    reviewer = await as('zhejiang', 'reviewer_a'),
    [first, ...six] = facts.recommendable,
    list = (of: string) => `?q=${encodeURIComponent(of)}`
  await city.goto(at('lishui', `/desk/institutions${list('丽水计数')}`))
  await settled(city)
  const drawer = city.locator('.el-drawer').filter({ visible: true })
  const one = await counted(city)
  await city.getByRole('button', { name: `推荐 ${first!.name}` }).click()
  await drawer.getByLabel('推荐理由').fill('服务能力强，企业评价好。')
  await drawer.getByRole('button', { name: '提交推荐' }).click()
  await expect(drawer.getByRole('status')).toContainText(`已推荐：${first!.name}`)
  one.within({ screens: 2, fields: 1, clicks: 2, keys: 0 }, 'a city recommends one institution')

  const batch = await as('lishui', 'reviewer_a')
  await batch.goto(at('lishui', `/desk/institutions${list('丽水计数')}&standing=no`))
  await settled(batch)
  const form = batch.locator('.el-drawer').filter({ visible: true })
  const many = await counted(batch)
  await batch.getByRole('table').getByRole('checkbox', { name: '全选' }).check()
  await batch.getByRole('button', { name: '推荐所选 6 家' }).click()
  await expect(form.locator('tbody')).toHaveCount(six.length)
  const scroll = await form.evaluate((e) =>
    Math.max(...[e, ...e.querySelectorAll('*')].map((x) => x.scrollHeight - x.clientHeight).filter((x) => x < 1e5)),
  )
  console.log(`a city recommends six institutions: ${scroll} px to scroll`)
  expect(scroll).toBeLessThanOrEqual(300)
  await form.getByLabel('同一理由应用到全部').fill('服务能力强，企业评价好。')
  await form.getByRole('button', { name: '应用到全部' }).click()
  await form.getByRole('button', { name: '提交 6 家' }).click()
  await expect(form.getByRole('status')).toContainText('已推荐 6 家机构')
  many.within({ screens: 2, fields: 1, clicks: 4, keys: 0 }, 'a city recommends six institutions')

  const queue = reviewer.getByRole('row', { name: /丽水计数/ })
  await expect(async () => {
    await reviewer.goto(at('zhejiang', `/desk/cases${list('丽水计数')}`))
    await settled(reviewer)
    await expect(queue).toHaveCount(7, { timeout: 1000 })
  }).toPass()
  const dialog = reviewer.locator('dialog[open]'),
    button = (name: string | RegExp) => reviewer.getByRole('button', { name, exact: true }),
    open = (n: number) => reviewer.getByRole('link', { name: facts.recommendable[n]!.name }),
    decided = (n: number) =>
      reviewer.getByRole('status').filter({ hasText: facts.recommendable[n]!.name }).filter({ hasText: '已通过' })
  const asItIs = await counted(reviewer)
  await open(0).click()
  await button('通过').click()
  await dialog.getByRole('button', { name: '通过', exact: true }).click()
  await decided(0).getByRole('link', { name: '下一件' }).click()
  await expect(reviewer.locator('h1')).not.toContainText(facts.recommendable[0]!.name)
  asItIs.within({ screens: 4, fields: 0, clicks: 4, keys: 0 }, 'a reviewer decides a case as it is')

  const judging = await as('zhejiang', 'reviewer_a')
  await judging.goto(at('zhejiang', `/desk/cases${list('丽水计数')}`))
  await settled(judging)
  const judged = await counted(judging)
  await judging.getByRole('link', { name: facts.recommendable[1]!.name }).click()
  await judging.getByRole('button', { name: /项全部符合$/ }).click()
  await expect(judging.getByRole('button', { name: /全部符合/ })).toHaveCount(0)
  await judging.getByRole('button', { name: '通过', exact: true }).click()
  await judging.locator('dialog[open]').getByRole('button', { name: '通过', exact: true }).click()
  await judging.getByRole('status').filter({ hasText: '已通过' }).getByRole('link', { name: '下一件' }).click()
  await expect(judging.locator('h1')).not.toContainText(facts.recommendable[1]!.name)
  judged.within({ screens: 4, fields: 0, clicks: 5, keys: 0 }, 'a reviewer decides a case, five conditions judged')

  const typing = await as('zhejiang', 'reviewer_a')
  await typing.goto(at('zhejiang', `/desk/cases${list('丽水计数')}`))
  await settled(typing)
  await typing.getByRole('link', { name: facts.recommendable[2]!.name }).focus()
  const keys = await counted(typing, undefined, 'letters')
  await typing.keyboard.press('Enter')
  await expect(typing.locator('h1')).toContainText(facts.recommendable[2]!.name)
  await expect(typing.getByRole('button', { name: '通过', exact: true })).toBeVisible()
  await typing.keyboard.press('a')
  await expect(typing.locator('dialog[open]')).toBeVisible()
  await typing.keyboard.press('Enter')
  await expect(typing.getByRole('status').filter({ hasText: '已通过' })).toBeFocused()
  await typing.keyboard.press('n')
  await expect(typing.locator('h1')).not.toContainText(facts.recommendable[2]!.name)
  keys.within({ screens: 4, fields: 0, clicks: 0, keys: 4 }, 'a reviewer decides a case by keys')
})
