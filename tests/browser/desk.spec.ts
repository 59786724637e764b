// The reviewer's desk: one case on one page, judged by a click each; from case to case through one's own list; what
// waits, by day; an answer with its documents, from the city and the institution to the reviewer.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, look, noKeys, noSideways, PHONE, settled, test, WIDE } from './base'

const { desk } = facts
const LIST = '?region=330100'
const go = async (page: Page, slug: string, path: string) => {
  await page.goto(at(slug, path))
  await settled(page)
}
const button = (within: Pick<Page, 'getByRole'>, name: string | RegExp) =>
  within.getByRole('button', { name, exact: true })
const dialog = (page: Page) => page.locator('dialog[open]')
const condition = (page: Page, id: string) => page.locator(`[data-condition="${id}"]`)
const english = (page: Page) =>
  page.getByRole('button', { name: 'English', exact: true }).evaluate((b: HTMLElement) => b.click())

/** Counts what a hand does: clicks of a mouse, keys pressed. */
async function counting(page: Page) {
  await page.addInitScript(() => {
    const w = window as unknown as { hands: { clicks: number; keys: number } }
    const stored = sessionStorage.getItem('hands')
    w.hands = stored ? (JSON.parse(stored) as typeof w.hands) : { clicks: 0, keys: 0 }
    const keep = () => sessionStorage.setItem('hands', JSON.stringify(w.hands))
    addEventListener(
      'click',
      (e) => {
        if (e.isTrusted && e.detail > 0) w.hands.clicks++
        keep()
      },
      true,
    )
    addEventListener(
      'keydown',
      (e) => {
        if (e.isTrusted) w.hands.keys++
        keep()
      },
      true,
    )
  })
}
const hands = (page: Page) =>
  page.evaluate(() => (window as unknown as { hands: { clicks: number; keys: number } }).hands)
const unjudged = async (page: Page, id: string) =>
  page.evaluate(async (id) => {
    const answer = await fetch(`/api/v1/cases/${id}/detail`)
    const found = (await answer.json()) as { case: { phase: string }; conditions: { state: string }[] }
    return { phase: found.case.phase, open: found.conditions.filter((c) => c.state === 'judgement').length }
  }, id)

test('four keys a case without judgement; the next is the next of the list, also after a decision', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await counting(page)
  const [one, two, three] = desk.list
  await go(page, 'zhejiang', `/desk/cases${LIST}`)
  await page.getByRole('link', { name: two!.name }).focus()
  const before = (await hands(page)).keys
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation', { name: '入驻受理' })).toContainText(/2 \/ \d/)
  await page.keyboard.press('a')
  await expect(dialog(page)).toContainText('有 5 项条件尚未判定')
  await expect(dialog(page)).toContainText('遵守法律法规') // they are named
  await expect(button(dialog(page), '通过')).toBeFocused()
  await page.keyboard.press('Enter')
  const done = page.getByRole('status').filter({ hasText: two!.number })
  await expect(done).toContainText('已通过')
  await expect(done).toBeFocused()
  await expect(done).toContainText(two!.name)
  await expect(done).toContainText('可以上架服务产品')
  await page.keyboard.press('n')
  await expect(page).toHaveURL(new RegExp(`/desk/cases/${three!.id}\\?region=330100$`))
  await expect(page.locator('h1')).toContainText(three!.name)
  expect((await hands(page)).keys - before).toBe(4)
  expect(await unjudged(page, two!.id)).toEqual({ phase: 'approved', open: 5 })
  await expect(page.getByRole('navigation', { name: '入驻受理' })).toContainText(/2 \/ \d/) // one went, one moved up
  await page.keyboard.press('p')
  await expect(page).toHaveURL(new RegExp(`/desk/cases/${one!.id}\\?region=330100$`))
  // The way back keeps the filters, and the place.
  await settled(page)
  await page.getByRole('link', { name: '入驻受理', exact: true }).last().click()
  await expect(page).toHaveURL(/\/desk\/cases\?region=330100$/)
  await expect(page.getByRole('link', { name: one!.name })).toBeFocused()
})

test('no more than six clicks with all five judgements', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await counting(page)
  const it = desk.list[3]!
  await go(page, 'zhejiang', `/desk/cases${LIST}`)
  const before = (await hands(page)).clicks
  await page.getByRole('link', { name: it.name }).click()
  await button(page, '其余 5 项全部符合').click()
  await expect(button(page, /全部符合/)).toHaveCount(0)
  await button(page, '通过').click()
  await expect(dialog(page)).toContainText('全部条件符合或放宽')
  await button(dialog(page), '通过').click()
  const done = page.getByRole('status').filter({ hasText: it.number })
  await expect(done).toContainText('已通过')
  await done.getByRole('link', { name: '下一件' }).click()
  await expect(page.locator('h1')).not.toContainText(it.name)
  const clicks = (await hands(page)).clicks - before
  expect(clicks).toBeLessThanOrEqual(6)
  expect(clicks).toBe(5)
  expect(await unjudged(page, it.id)).toEqual({ phase: 'approved', open: 0 })
})

test('each condition stands beside its figure and is judged by one click', async ({ as }) => {
  test.setTimeout(120_000)
  const page = await as('zhejiang', 'reviewer_a')
  const it = desk.list[4]!
  await go(page, 'zhejiang', `/desk/cases/${it.id}${LIST}`)
  const row = (name: string | RegExp) => page.locator('.row').filter({ has: page.locator('dt', { hasText: name }) })
  await expect(row('上年度营业收入')).toContainText('900 万元')
  await expect(row('上年度营业收入')).toContainText('200 万元以上')
  await expect(row('上年度营业收入')).toContainText('符合')
  await expect(row('专职人员')).toContainText('30 人')
  await expect(row('年服务企业数')).toContainText('150 家')
  await expect(row('大专以上')).toContainText('占 90%')
  await expect(row('组织类型')).toBeVisible()
  await expect(row('法定代表人')).toContainText('赵法人')
  await expect(row(/^联系人$/)).toContainText('王联系')
  const heads = await page.locator('.section h2').allInnerTexts()
  expect(heads.slice(0, 3)).toEqual(['基本信息', '联系方式与介绍', '经营与人员'])
  await button(condition(page, 'integrity'), '符合').click()
  await button(condition(page, 'ability'), '放宽').click() // does not wait for the first
  await button(condition(page, 'finances'), '不符合').click()
  await expect(button(condition(page, 'integrity'), '符合')).toHaveAttribute('aria-pressed', 'true')
  await expect(page.locator('.sum')).toContainText('不符合 1')
  await expect.poll(async () => (await unjudged(page, it.id)).open).toBe(2)
  await page.reload()
  await settled(page)
  await expect(button(condition(page, 'ability'), '放宽')).toHaveAttribute('aria-pressed', 'true')
  await button(page, '通过').click()
  await expect(dialog(page)).toContainText('有 1 项条件不符合')
  await expect(dialog(page)).toContainText('财务状况良好')
  await expect(dialog(page).getByLabel('意见')).toBeFocused() // no Enter by accident
  await page.keyboard.press('Escape')
  await look(page, 'a case half judged')
  await english(page)
  await noKeys(page, 'a case in English')
  await expect(page.locator('main')).toContainText('150 enterprises')
  await look(page, 'a case half judged, in English')
  // Judged by keyboard, the focus stays where it was.
  const met = condition(page, 'reputation').getByRole('button', { name: 'Met', exact: true })
  await met.focus()
  await page.keyboard.press('Space')
  await expect(met).toHaveAttribute('aria-pressed', 'true')
  await expect(met).toBeFocused()
  await expect.poll(async () => (await unjudged(page, it.id)).open).toBe(1)
})

test('a refusal is checked before it is sent, a missing reason has the focus, and the page says who is told', async ({
  as,
}) => {
  const page = await as('zhejiang', 'reviewer_a')
  const it = desk.list[5]!
  await go(page, 'zhejiang', `/desk/cases/${it.id}${LIST}`)
  await page.keyboard.press('r')
  await button(dialog(page), '不通过').click()
  await expect(dialog(page).getByRole('alert')).toContainText('请填写意见')
  await expect(dialog(page).getByLabel('意见')).toBeFocused()
  await page.keyboard.type('服务企业数与所附清单不符，请核对。')
  await page.keyboard.press('Control+Enter')
  await expect(dialog(page)).toContainText('看到此意见的有')
  await expect(dialog(page)).toContainText(it.name)
  await expect(dialog(page)).toContainText('杭州')
  expect((await unjudged(page, it.id)).phase).toBe('waiting')
  await accessible(page, 'checking a refusal')
  await button(dialog(page), '返回修改').click()
  await expect(dialog(page).getByLabel('意见')).toHaveValue('服务企业数与所附清单不符，请核对。')
  await button(dialog(page), '不通过').click()
  await button(dialog(page), '不通过').click()
  const done = page.getByRole('status').filter({ hasText: it.number })
  await expect(done).toContainText('不通过')
  await expect(done).toContainText('杭州')
  await expect(done.getByRole('link', { name: '下一件' })).toBeVisible()
  await look(page, 'after a refusal')
  // Recommended anew, the earlier case is at hand.
  await expect(page.getByText('服务企业数与所附清单不符，请核对。').first()).toBeVisible()
})

test('what is asked is checked before it is sent; nobody is asked who recommends nothing', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', `/desk/cases/${desk.self.id}`)
  await button(page, '要求补正').click()
  const drawer = page.locator('.el-drawer').filter({ visible: true })
  await expect(drawer.getByLabel('由谁补正').locator('option')).toHaveText(['机构'])
  await button(drawer, '核对').click()
  const alert = drawer.getByRole('alert')
  await expect(alert).toBeFocused()
  await expect(alert.getByRole('link')).toHaveCount(2)
  await alert.getByRole('link').first().click()
  await expect(drawer.getByLabel('事项')).toBeFocused()
  await page.keyboard.type('审计报告')
  await drawer.getByLabel('补正要求').fill('请上传上年度审计报告。')
  await button(drawer, '核对').click()
  await expect(drawer).toContainText('请核对')
  await look(page, 'checking what is asked')
  await button(drawer, '发出').click()
  const done = page.getByRole('status').filter({ hasText: desk.self.number })
  await expect(done).toContainText(desk.self.name)
  await expect(page.locator('main')).toContainText('待补正')
})

test('an answer brings its documents, and the reviewer sees them beside the item', async ({ as }) => {
  test.setTimeout(150_000)
  const it = desk.answers
  const pdf = { name: '审计报告.pdf', mimeType: 'application/pdf', buffer: Buffer.from(PAPER) }
  const province = await as('zhejiang', 'reviewer_b')
  await go(province, 'zhejiang', `/desk/cases/${it.id}?phase=supplement`) // the reviewer has seen it so far
  await expect(province.locator('main')).toContainText('尚未答复')
  const city = await as('lishui', 'reviewer_a')
  await go(city, 'lishui', '/desk')
  await city.getByRole('link', { name: `${it.name} · 推荐意见` }).click()
  await expect(city.locator('h1')).toContainText('推荐意见')
  await city.getByLabel(/上年度营业收入/).fill('八百')
  await button(city, '核对').click()
  await expect(city.getByRole('alert')).toBeFocused()
  await city.getByLabel('答复').fill('已核实，见审计报告。')
  await city.getByLabel(/上年度营业收入/).fill('880')
  await city.locator('input[type=file]').setInputFiles(pdf)
  await expect(city.getByRole('link', { name: '审计报告.pdf' })).toBeVisible()
  await button(city, '核对').click()
  await expect(city.locator('main')).toContainText('880 万元')
  await expect(city.locator('main')).toContainText('审计报告.pdf')
  await look(city, 'checking an answer')
  await button(city, '提交答复').click()
  const sent = city.getByRole('status').filter({ hasText: '答复已发出' })
  await expect(sent).toBeFocused()
  await expect(sent).toContainText('浙江')

  const owner = await as('lishui', it.login)
  await go(owner, 'lishui', '/center/platforms')
  await owner.getByLabel('答复').fill('证明见附件。')
  await owner
    .locator('input[type=file]')
    .first()
    .setInputFiles({ ...pdf, name: '社保缴纳证明.pdf' })
  await expect(owner.getByText('社保缴纳证明.pdf')).toBeVisible()
  await button(owner, '答复').click()

  await expect.poll(async () => (await unjudged(province, it.id)).phase, { timeout: 15_000 }).toBe('waiting')
  await province.reload()
  await settled(province)
  const item = (name: string) => province.getByRole('article').filter({ hasText: name })
  await expect(item('推荐意见')).toContainText('已核实，见审计报告。')
  await expect(item('推荐意见')).toContainText('新')
  await expect(item('推荐意见').locator('ins').first()).toContainText('880 万元')
  await expect(item('社保缴纳证明')).toContainText('证明见附件。')
  await expect(button(item('社保缴纳证明'), '社保缴纳证明.pdf')).toBeVisible()
  const income = province.locator('.row').filter({ has: province.locator('dt', { hasText: '上年度营业收入' }) })
  await expect(income).toContainText('880 万元')
  await expect(income).toContainText('原为 100 万元')
  await expect(income.locator('.tag').first()).toContainText('新')
  await expect(income).toContainText('机构填报：900 万元')
  await look(province, 'a case whose supplements are answered')
  await button(item('推荐意见'), '审计报告.pdf').click()
  await expect(province.locator('dialog canvas')).toHaveAttribute('data-page', '1')
})

test('documents in place: pictures turn and zoom, a PDF goes page by page, the next is a key away', async ({ as }) => {
  test.setTimeout(150_000)
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', `/desk/cases/${desk.heavy.id}`)
  await expect(page.locator('script[src*="pdf"], link[href*="PdfPage"]')).toHaveCount(0)
  await button(page, '1 营业执照.pdf').click()
  const viewer = page.locator('dialog[open]')
  const canvas = viewer.locator('canvas')
  await expect(canvas).toHaveAttribute('data-page', '1')
  await expect(viewer).toContainText('第 1 页，共 3 页')
  await expect(viewer).toContainText('第 1 个，共 30 个文件')
  /** Colours that are drawn: text and bar, not an empty sheet. */
  const colour = () =>
    canvas.evaluate((c: HTMLCanvasElement) => {
      const d = c.getContext('2d')!.getImageData(c.width * 0.3, c.height * 0.45, 1, 1).data
      return [d[0], d[1], d[2]]
    })
  const dark = () =>
    canvas.evaluate((c: HTMLCanvasElement) => {
      const d = c.getContext('2d')!.getImageData(0, 0, c.width, c.height * 0.3).data
      let n = 0
      for (let i = 0; i < d.length; i += 4) if (d[i]! < 90 && d[i + 1]! < 90 && d[i + 2]! < 90) n++
      return n
    })
  const first = await colour()
  expect(first).not.toEqual([255, 255, 255])
  expect(await dark()).toBeGreaterThan(200) // the title, in a Chinese font that the file has not embedded
  await page.keyboard.press('PageDown')
  await expect(canvas).toHaveAttribute('data-page', '2')
  expect(await colour()).not.toEqual(first)
  await look(page, 'a PDF')
  await page.setViewportSize(PHONE)
  await expect.poll(() => canvas.evaluate((c) => c.clientWidth)).toBeLessThan(390) // fits again
  await page.setViewportSize(WIDE)
  await expect.poll(() => canvas.evaluate((c) => c.clientWidth)).toBeGreaterThan(400)
  const wide = await canvas.evaluate((c) => c.clientWidth)
  await button(viewer, '放大').click()
  await expect.poll(() => canvas.evaluate((c) => c.clientWidth)).toBeGreaterThan(wide)
  await button(viewer, '适合窗口').click()
  await button(viewer, '向右转').click()
  await expect.poll(() => canvas.evaluate((c) => c.clientWidth > c.clientHeight)).toBe(true)
  await button(viewer, '下一个文件').click()
  const picture = viewer.getByRole('img', { name: '2 场地照片.png' })
  await expect(picture).toBeVisible()
  const box = async () => (await picture.boundingBox())!
  await expect.poll(async () => (await box()).width).toBeGreaterThan(300)
  const flat = await box()
  expect(flat.width).toBeGreaterThan(flat.height)
  await button(viewer, '向左转').click()
  await expect.poll(async () => (await box()).height > (await box()).width).toBe(true)
  const turned = await box()
  await button(viewer, '放大').click()
  await expect.poll(async () => (await box()).height).toBeGreaterThan(turned.height)
  await look(page, 'a picture')
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    viewer.getByRole('link', { name: '下载', exact: true }).click(),
  ])
  expect(file.suggestedFilename()).toContain('场地照片')
  await page.keyboard.press('Escape')
  await expect(viewer).toHaveCount(0)
  await expect(button(page, '1 营业执照.pdf')).toBeFocused()
})

test('heavy data: sixty conditions, thirty documents, a name of 119 characters', async ({ as }) => {
  test.setTimeout(150_000)
  const page = await as('zhejiang', 'reviewer_a')
  for (const path of [`/desk/cases/${desk.heavy.id}`, '/desk/cases', '/desk']) {
    await go(page, 'zhejiang', path)
    if (path.includes(desk.heavy.id)) {
      await expect(page.locator('[data-condition]')).toHaveCount(60)
      await expect(button(page, '30 证明材料证明材料证明材料证明材料证明材料证明材料证明材料.pdf')).toBeVisible()
    }
    await look(page, path)
    for (const width of [1024, 320]) {
      await page.setViewportSize({ width, height: 700 })
      await noSideways(page, `${path} at ${width}`)
    }
    await page.setViewportSize(WIDE)
  }
  await go(page, 'zhejiang', `/desk/cases/${desk.heavy.id}`)
  await english(page)
  await look(page, 'heavy data in English')
  await page.setViewportSize(PHONE)
  await expect(page.getByRole('button', { name: 'Approve', exact: true })).toBeInViewport()
  await page.setViewportSize(WIDE)
  await page.mouse.wheel(0, 4000)
  // The decision stays in reach.
  await expect(page.getByRole('button', { name: 'Approve', exact: true })).toBeInViewport()
})

test('keys can be switched off, and are nobody’s while something is typed', async ({ as }) => {
  const page = await as('zhejiang', 'reviewer_a')
  await go(page, 'zhejiang', `/desk/cases/${desk.list[6]!.id}`)
  await button(page, '关闭快捷键').click()
  await page.locator('#main').focus() // of a button's keys keys.spec.ts says more
  await page.keyboard.press('a')
  await page.keyboard.press('r')
  await expect(dialog(page)).toHaveCount(0)
  await page.reload()
  await settled(page)
  await page.keyboard.press('a')
  await expect(dialog(page)).toHaveCount(0) // for good
  await button(page, '打开快捷键').click()
  await page.locator('#main').focus()
  await page.keyboard.press('a')
  await expect(dialog(page)).toBeVisible()
  await page.keyboard.press('Escape')
})

test('what waits: overdue, due today, the rest, with figures and with whose it is', async ({ as }) => {
  test.setTimeout(120_000)
  const page = await as('zhejiang', 'reviewer_b')
  await go(page, 'zhejiang', '/desk')
  await expect(page.locator('main').getByRole('link', { name: facts.cases.overdue.name })).toBeVisible()
  const counts = await page.evaluate(async () =>
    (await fetch('/api/v1/workbench/counts')).json().then((c: Record<string, number>) => c),
  )
  const figures = page.getByRole('list', { name: '待办数' }).getByRole('button')
  await expect(figures).toHaveText([
    new RegExp(`${counts.overdue}\\s*逾期`),
    new RegExp(`${counts.today}\\s*今天到期`),
    new RegExp(`${counts.waiting! - counts.overdue! - counts.today!}\\s*等待我`),
  ])
  // What is due first stands first; a figure leaves what it counts.
  await expect(page.locator('tbody tr[data-id]').first()).toContainText('逾期')
  await figures.filter({ hasText: '等待我' }).click()
  await expect(page).toHaveURL(/due=later/)
  await expect(page.locator('tbody tr[data-id]').filter({ hasText: '逾期' })).toHaveCount(0)
  await page.getByRole('button', { name: /^取消筛选/ }).click()
  await page.getByLabel('名称').fill(desk.list[6]!.name)
  await page.getByRole('button', { name: '查询', exact: true }).click()
  await expect(page.getByRole('row', { name: new RegExp(desk.list[6]!.name) })).toContainText('杭州')
  await page.getByRole('button', { name: '重置' }).click()
  await look(page, 'what waits')
  await english(page)
  await noKeys(page, 'what waits, in English')
  await look(page, 'what waits, in English')
})

test('when what waits could not be had, nobody is told that nothing waits', async ({ as, faults }) => {
  const page = await as('zhejiang', 'reviewer_a')
  let broken = true
  await page.route(/\/workbench\/todo/, (route) =>
    broken
      ? route.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify(AWAY) })
      : route.continue(),
  )
  await page.goto(at('zhejiang', '/desk'))
  await expect(page.getByText(AWAY.zh).first()).toBeVisible()
  await expect(page.getByText('没有待办事项')).toHaveCount(0)
  broken = false
  for (let n = await page.getByRole('button', { name: '重试' }).count(); n > 0; n--)
    await page.getByRole('button', { name: '重试' }).first().click()
  await expect(page.getByRole('link', { name: facts.cases.overdue.name })).toBeVisible()
  await page.getByLabel('名称').fill('没有这样的机构')
  await page.getByRole('button', { name: '查询', exact: true }).click()
  await expect(page.getByText('没有符合条件的待办事项')).toBeVisible()
  expect(faults.splice(0).every((f) => /503/.test(f))).toBe(true)
})

const AWAY = {
  type: 'about:blank',
  title: '',
  status: 503,
  code: 'unavailable',
  zh: '服务暂时不可用，请稍后再试。',
  en: 'Away for a moment.',
}
/** One page, as small as a PDF can be. */
const PAPER = `%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Count 1 /Kids [3 0 R] >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>
endobj
trailer
<< /Size 4 /Root 1 0 R >>
%%EOF
`
