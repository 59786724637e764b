// A record that nobody wrote a page for (trial.ts), in each of the three areas: menu, list, form, files, what stands
// under it, buttons, history.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, look, noKeys, PHONE, settled, test } from './base'
import { TRIAL, Trials } from './trial'

const AREAS = [
  ['desk', 'reviewer_a'],
  ['center', facts.member],
  ['enterprise', facts.enterprise],
] as const
const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const button = (within: Pick<Page, 'getByRole'>, name: string | RegExp) =>
  within.getByRole('button', { name, exact: true })
const english = async (page: Page) => {
  // a drawer may lie over it
  await page.getByRole('button', { name: 'English', exact: true }).evaluate((b: HTMLElement) => b.click())
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
}
/** Chooses from a list of Element Plus by what it shows. */
async function choose(page: Page, label: string, ...options: string[]) {
  const box = drawer(page).getByRole('combobox', { name: label, exact: true })
  await box.focus()
  await page.keyboard.press('Enter')
  // Of what there are many one types.
  if (label === '服务') await page.keyboard.insertText(options[0]!)
  for (const option of options)
    await page.getByRole('option', { name: option }).filter({ visible: true }).first().click()
  await page.keyboard.press('Tab')
}

for (const [area, login] of AREAS)
  test(`a declared record in the area ${area}`, async ({ as }) => {
    test.setTimeout(180_000)
    const page = await as('lishui', login),
      trials = new Trials()
    trials.add({
      title: '第一份试验单',
      number: 'TR-1',
      kind: 'online',
      price: 120050,
      budget: 1234560000,
      listing_id: 'x',
      listing_name: '光谱检测',
    })
    await trials.serve(page)
    await page.addInitScript(() => {
      if (!sessionStorage.getItem('begun')) {
        localStorage.setItem('qilian.lang', 'zh')
        sessionStorage.setItem('begun', '1')
      }
    })

    await test.step('its menu and its list', async () => {
      await page.goto(at('lishui', `/${area}`))
      await settled(page)
      const door = page.getByRole('navigation').getByRole('link', { name: /试验单/ })
      await expect(door).toContainText('1')
      await expect(page.getByRole('navigation').getByRole('link', { name: /阶段/ })).toHaveCount(0)
      await door.click()
      await expect(page.locator('h1')).toHaveText('试验单')
      await expect(page).toHaveTitle(/试验单/)
      const row = page.getByRole('row', { name: /第一份试验单/ })
      await expect(row).toContainText('¥1,200.50')
      await look(page, `${area} list`)
      await english(page)
      await expect(page.locator('h1')).toHaveText('Trial')
      await noKeys(page, `${area} list`)
      await button(page, '中文').click()
    })

    await test.step('its form tells what is wrong before anything is sent', async () => {
      await button(page, '新建').click()
      const form = drawer(page)
      await form.getByLabel('主题').fill('二')
      await choose(page, '服务类别', '技术创新')
      await form.getByLabel('开始日期').fill('2026-05-08')
      await page.keyboard.press('Tab')
      await form.getByLabel('结束日期').fill('2026-05-06')
      await page.keyboard.press('Tab')
      await button(form, '保存').click()
      const faults = form.getByRole('alert').first()
      for (const said of ['至少 2 个字', '须恰好 3 项', '至少填写 1 项', '不能大于“结束日期”'])
        await expect(faults).toContainText(said)
      await look(page, `${area} form`)
      await english(page)
      await noKeys(page, `${area} form`)
      await button(page, '中文').evaluate((b: HTMLElement) => b.click())
    })

    await test.step('it is written, and shows names', async () => {
      const form = drawer(page)
      await form.getByLabel('主题').fill('第二份试验单')
      await choose(page, '服务类别', '数字化转型', '法律服务')
      await choose(page, '行业', '采矿业')
      await choose(page, '服务', '公共检测平台机时预约')
      await form.getByLabel('预算').fill('12.5')
      await form.getByLabel('会面时间').fill('2026-05-09T09:30')
      await form.getByLabel('座机').fill('0578-2000001')
      await form.getByLabel('结束日期').fill('2026-05-10')
      await page.keyboard.press('Tab')
      await button(form, '保存').click()
      await expect(drawer(page)).toContainText('草稿')
      const sent = trials.rows[0]
      expect(sent).toMatchObject({
        title: '第二份试验单',
        budget: 12500000,
        meets_at: '2026-05-09T01:30:00.000Z',
        begins_on: '2026-05-08',
        landline: '0578-2000001',
      })
      expect(sent.listing_id).toMatch(/^[0-9a-f-]{36}$/)
      await expect(drawer(page)).toContainText('12.5 万元')
      await expect(drawer(page)).not.toContainText(String(sent.listing_id))
    })

    await test.step('files, by what they are for', async () => {
      const input = drawer(page).getByLabel('上传需求材料')
      trials.refuse = { status: 422, zh: '文件不是图片或文档', en: 'no picture and no document' }
      await input.setInputFiles({ name: '清单.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 x') })
      await expect(drawer(page)).toContainText('文件不是图片或文档')
      await button(drawer(page), '重试 清单.pdf').click()
      await expect(drawer(page).getByRole('link', { name: '清单.pdf' })).toBeVisible()
      await expect(drawer(page)).toContainText('1/2')
      await expect(drawer(page).getByLabel('上传成果材料')).toHaveCount(0)
      await input.setInputFiles(
        [1, 2].map((n) => ({ name: `图${n}.png`, mimeType: 'image/png', buffer: Buffer.from('x') })),
      )
      await expect(drawer(page).getByRole('alert')).toContainText('最多 2 份')
      await expect(drawer(page)).toContainText('2/2')
      await expect(drawer(page).getByLabel('上传需求材料')).toHaveCount(0)
    })

    await test.step('what stands under it', async () => {
      await button(drawer(page), '新建阶段').click()
      await drawer(page).getByLabel('名称').fill('第一阶段')
      await button(drawer(page), '保存').click()
      const child = drawer(page).getByRole('link', { name: '第一阶段' })
      await expect(child).toBeVisible()
      expect(trials.steps[0]).toMatchObject({ title: '第一阶段', trial_id: trials.rows[0].id })
      await look(page, `${area} row`)
      await child.click()
      await expect(page).toHaveURL(/trial-steps/)
      await expect(drawer(page).getByRole('link', { name: '第二份试验单' })).toBeVisible()
      await page.keyboard.press('Escape')
      await expect(page).toHaveURL(new RegExp(`/records/trials/${trials.rows[0].id}`))
    })

    await test.step('its buttons, over the phase', async () => {
      await expect(button(drawer(page), '删除')).toBeVisible()
      await button(drawer(page), '开始').click()
      const dialog = page.locator('dialog[open]')
      await button(dialog, '开始').click()
      await expect(dialog.getByRole('alert').first()).toContainText('请填写此项')
      await dialog.getByLabel('评分').fill('5')
      await dialog.getByLabel('分类').selectOption({ label: '乙类' })
      await dialog.getByLabel('日期').fill('2026-05-06')
      await accessible(page, `${area} dialog`)
      await button(dialog, '开始').click()
      await expect(drawer(page).locator('.state')).toContainText('进行中')
      await expect(button(drawer(page), '编辑')).toHaveCount(0)
      await expect(button(drawer(page), '删除')).toHaveCount(0)
      await expect(drawer(page).getByLabel('上传成果材料')).toBeVisible()
    })

    await test.step('what was sent to its home', async () => {
      const asked = {
        key: 'k',
        event: 'accept',
        text: '接单',
        by: '李经办',
        state: 'sent',
        sent_at: '2026-05-06T01:00:00Z',
      }
      const copy = trials.add({ title: '外平台的试验单', phase: 'active', home: 'zhejiang', asked: [asked] })
      await page.goto(at('lishui', `/${area}/records/trials/${copy.id}`))
      await expect(drawer(page)).toContainText('“接单”已发出，等待办理平台答复')
      await expect(drawer(page)).toContainText('浙江省企业服务综合平台')
      await button(drawer(page), '撤回').click()
      await expect(drawer(page)).toContainText('“接单”正在撤回')
      Object.assign(copy, { asked: [{ ...asked, state: 'refused', reason: '名额已满' }] })
      await page.reload()
      await expect(drawer(page)).toContainText('“接单”未被接受')
      await expect(drawer(page)).toContainText('名额已满')
      await look(page, `${area} asked`)
      Object.assign(copy, { asked: [{ ...asked, text: 'Accept', state: 'refused', reason: 'All places are taken' }] })
      await english(page)
      await expect(drawer(page)).toContainText('All places are taken')
      await noKeys(page, `${area} asked`)
    })
  })

test('a declared record on a phone, by keyboard', async ({ as }) => {
  const page = await as('lishui', facts.enterprise, { viewport: PHONE }),
    trials = new Trials()
  trials.add({ title: '第一份试验单' })
  await trials.serve(page)
  await page.goto(at('lishui', '/enterprise/records/trials'))
  await settled(page)
  const door = page.getByRole('link', { name: '第一份试验单' })
  await door.focus()
  await page.keyboard.press('Enter')
  await expect(drawer(page)).toBeVisible()
  await expect.poll(() => page.evaluate(() => !!document.activeElement?.closest('.el-drawer'))).toBe(true)
  await button(drawer(page), '删除').focus()
  await page.keyboard.press('Enter')
  const dialog = page.locator('dialog[open]')
  await expect(dialog).toContainText('将删除“第一份试验单”')
  await button(dialog, '删除').focus()
  await page.keyboard.press('Enter')
  await expect(drawer(page)).toHaveCount(0)
  await expect(page.locator('main')).toContainText('暂无内容')
  await expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true)
})

test('what the server declares has the shape that the pages read', async ({ as }) => {
  const page = await as('lishui', facts.member)
  await page.goto(at('lishui', '/robots.txt'))
  const records = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/meta')
    return ((await answer.json()) as { records: Record<string, unknown>[] }).records
  })
  const told = records.find((r) => r.name === 'correction')!
  // Of the trial what the server writes of every record; what only some have (form, parent, lifecycle) is not asked
  // for.
  for (const key of Object.keys(TRIAL).filter((k) => !['lifecycle', 'files'].includes(k)))
    expect(told, key).toHaveProperty(key)
  for (const key of Object.keys(TRIAL.fields[0])) expect((told.fields as object[])[0], key).toHaveProperty(key)
  expect((told.todo as object[])[0]).toMatchObject({
    type: 'correction',
    zh: expect.any(String),
    en: expect.any(String),
  })
  expect((told.endpoints as object[])[0]).toMatchObject({ verb: expect.any(String), path: expect.any(String) })
})

/** What was done, its number, what comes next, and in whose list it stands now. */
async function saidDone(page: Page, what: string, number: RegExp, who?: string) {
  const note = drawer(page)
    .getByRole('status')
    .filter({ hasText: `“${what}”已完成` })
  await expect(note).toBeFocused()
  await expect(note).toContainText(number)
  await expect(note).toContainText('当前状态：')
  if (who)
    await expect(note.getByRole('listitem').filter({ hasText: new RegExp(`${who}：出现在其待办中`) })).toHaveCount(1)
}

test('a demand is looked over, sent, and answered with what comes next', async ({ as }) => {
  test.setTimeout(120_000)
  const page = await as('lishui', facts.enterprise)
  await page.goto(at('lishui', '/enterprise/records/demands?new=1'))
  await settled(page)
  for (const [label, text] of [
    ['标题', '三条产线设备上云'],
    ['需求说明', '三条产线的数据上云，含培训。'],
    ['报价截止时间', '2027-03-01T10:00'],
    ['联系人', '赵经办'],
    ['联系手机', '13812340001'],
  ])
    await drawer(page)
      .getByLabel(new RegExp(`^${label}`))
      .fill(text!)
  await choose(page, '服务类别', '数字化转型')
  await button(drawer(page), '保存').click()
  await expect(drawer(page).getByRole('status').filter({ hasText: '需求已保存' })).toContainText(/XQ-331100-\d+/)
  await button(drawer(page), '确认发布').click()
  const check = page.locator('dialog[open]')
  for (const text of ['三条产线设备上云', '含培训', '数字化转型', '2027-03-01']) await expect(check).toContainText(text)
  await check.getByLabel('是否属于依法必须招标的项目').selectOption({ label: '不属于，自愿在本平台征集' })
  await look(page, 'a demand is looked over')
  await button(check, '确认发布').click()
  await saidDone(page, '确认发布', /XQ-331100-\d+/, '审核员')
  await look(page, 'a demand is sent')
  await english(page)
  await noKeys(page, 'a demand is sent')
})

test('an order goes from an enterprise to an institution and back, on pages that nobody wrote', async ({ as }) => {
  test.setTimeout(180_000)
  const buyer = await as('lishui', facts.enterprise),
    seller = await as('lishui', facts.member),
    desk = await as('lishui', 'platform_admin_a')
  const open = async (page: Page, path: string) => {
    await page.goto(at('lishui', path))
    await settled(page)
  }
  const state = (page: Page) => drawer(page).locator('.state')
  await open(buyer, '/enterprise/records/orders')
  await button(buyer, '新建').click()
  await choose(buyer, '服务', '公共检测平台机时预约')
  for (const [label, text] of [
    ['数量', '2'],
    ['联系人', '赵经办'],
    ['联系手机', '13812340001'],
    ['需求说明', '光谱检测两批。'],
  ])
    await drawer(buyer)
      .getByLabel(new RegExp(`^${label}`))
      .fill(text)
  await button(drawer(buyer), '保存').click()
  await expect(state(buyer)).toContainText('草稿')
  await expect(drawer(buyer)).toContainText('丽水云启检测认证有限公司')
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  await drawer(buyer).getByLabel('上传需求材料').setInputFiles({ name: '清单.png', mimeType: 'image/png', buffer: png })
  await expect(drawer(buyer).getByRole('link', { name: '清单.png' })).toBeVisible()
  await drawer(buyer)
    .getByLabel('上传需求材料')
    .setInputFiles({ name: '程序.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ no such kind') })
  await expect(drawer(buyer).getByRole('listitem').filter({ hasText: '程序.exe' }).getByRole('alert')).toBeVisible()
  await button(drawer(buyer), '移除 程序.exe').click()
  // What was written is looked over before it is handed in, and each line leads back to its field.
  const check = buyer.locator('dialog[open]')
  await button(drawer(buyer), '提交订单').click()
  await expect(check).toContainText('光谱检测两批。')
  await expect(check).toContainText('公共检测平台机时预约')
  await accessible(buyer, 'an order is looked over')
  await button(check, '修改 需求说明').click()
  const need = drawer(buyer).getByLabel(/^需求说明/)
  await expect(need).toBeFocused()
  await need.fill('光谱检测三批。')
  await button(drawer(buyer), '保存').click()
  await button(drawer(buyer), '提交订单').click()
  await expect(check).toContainText('光谱检测三批。')
  await button(check, '提交订单').click()
  await expect(state(buyer)).toContainText('待接单')
  await saidDone(buyer, '提交订单', /DD-331100-\d+/, '机构')

  await open(seller, '/center')
  await expect(seller.getByRole('navigation').getByRole('link', { name: /^订单(?!变更)/ })).toContainText('1')
  await seller
    .locator('main')
    .getByRole('link', { name: /公共检测平台机时预约/ })
    .first()
    .click()
  await expect(drawer(seller).getByRole('link', { name: '清单.png' })).toBeVisible()
  await look(seller, 'an order in the centre')
  await button(drawer(seller), '接单').click()
  const dialog = seller.locator('dialog[open]')
  await dialog.getByLabel('成交价').fill('52000')
  await dialog.getByLabel('开始日期').fill('2026-12-10')
  await dialog.getByLabel('完成日期').fill('2026-12-01')
  await button(dialog, '接单').click()
  await expect(dialog.getByRole('alert').first()).toContainText('完成日期')
  await dialog.getByLabel('完成日期').fill('2026-12-20')
  await button(dialog, '接单').click()
  await expect(state(seller)).toContainText('已接单')
  await saidDone(seller, '接单', /DD-331100-\d+/)
  await button(drawer(seller), '交付').click()
  await dialog.getByLabel('交付说明').fill('报告两份。')
  await button(dialog, '交付').click()
  await expect(state(seller)).toContainText('待确认完成')
  await saidDone(seller, '交付', /DD-331100-\d+/, '企业')

  // The buyer's page follows without a reload.
  await expect(button(drawer(buyer), '确认完成')).toBeVisible()
  await expect(drawer(buyer)).toContainText('¥52,000')
  await open(buyer, '/enterprise')
  await buyer
    .locator('main')
    .getByRole('link', { name: /公共检测平台机时预约/ })
    .first()
    .click()
  await button(drawer(buyer), '确认完成').click()
  await button(buyer.locator('dialog[open]'), '确认完成').click()
  await expect(state(buyer)).toContainText('待验收')
  await button(drawer(buyer), '验收').click()
  await button(buyer.locator('dialog[open]'), '验收').click()
  await expect(state(buyer)).toContainText('已验收')
  await look(buyer, 'an order of an enterprise')
  await english(buyer)
  await expect(state(buyer)).toContainText('Accepted')
  await noKeys(buyer, 'an order of an enterprise')

  // What went wrong with it is said by the same steps.
  await open(buyer, '/enterprise/records/complaints?new=1')
  await buyer.getByRole('button', { name: '中文', exact: true }).evaluate((b: HTMLElement) => b.click())
  await drawer(buyer).getByRole('combobox', { name: '订单', exact: true }).press('Enter')
  await buyer.getByRole('option').filter({ visible: true }).first().click()
  await choose(buyer, '投诉事项', '延期')
  await drawer(buyer)
    .getByLabel(/^事实与理由/)
    .fill('约定的报告迟了两周才交付。')
  await button(drawer(buyer), '保存').click()
  await button(drawer(buyer), '提交投诉').click()
  await expect(check).toContainText('迟了两周')
  await look(buyer, 'a complaint is looked over')
  await button(check, '提交投诉').click()
  await saidDone(buyer, '提交投诉', /TS-331100-\d+/, '审核员')

  await open(desk, '/desk/records/orders')
  await desk.locator('main').getByRole('table').getByRole('link').first().click()
  await expect(drawer(desk)).toContainText('丽水青瓷制造有限公司')
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
  expect(await drawer(desk).innerText()).not.toMatch(id)
  await look(desk, 'an order at the desk')
})
