// From the demand to the order: an enterprise publishes, two institutions offer sealed, one is chosen and confirms. In
// the language and at the width of each of them.
import { type Page } from '@playwright/test'
import { accessible, at, expect, facts, noKeys, noSideways, PHONE, settled, test, WIDE } from './base'

const drawer = (page: Page) => page.locator('.el-drawer').filter({ visible: true })
const dialog = (page: Page) => page.locator('dialog[open]')
const button = (within: Pick<Page, 'getByRole'>, name: string | RegExp) =>
  within.getByRole('button', { name, exact: true })

/** An instant of China as its control takes it. */
const local = (at: number) => new Date(at + 8 * 3600_000).toISOString().slice(0, 16)

async function fit(page: Page, where: string) {
  for (const size of [WIDE, PHONE]) {
    await page.setViewportSize(size)
    await noSideways(page, `${where} at ${size.width}`)
    await accessible(page, `${where} at ${size.width}`)
    await page.screenshot({
      path: `${process.env.QILIAN_OUTPUT}/demand-${where.replace(/\W+/g, '-')}-${size.width}.png`,
    })
  }
  await noKeys(page, where)
  await page.setViewportSize(WIDE)
}

async function speak(page: Page, lang: 'zh' | 'en') {
  await page.addInitScript((l) => localStorage.setItem('qilian.lang', l), lang)
}

test('a demand, sealed offers, a winner and an order', async ({ as }) => {
  test.setTimeout(420_000)
  const buyer = await as('lishui', facts.enterprise),
    desk = await as('lishui', 'reviewer_a'),
    first = await as('lishui', facts.member),
    second = await as('lishui', facts.walkers.seller.login, { viewport: PHONE })
  await speak(buyer, 'zh')
  await speak(first, 'zh')
  await speak(second, 'en')
  let path = ''
  const closes = Math.floor(Date.now() / 60_000) * 60_000 + 180_000

  await test.step('the enterprise writes and publishes it after it has read it once more', async () => {
    await buyer.goto(at('lishui', '/enterprise/records/demands?new=1'))
    await settled(buyer)
    const form = drawer(buyer)
    await form.getByLabel('标题').fill('寻找数字化诊断服务')
    await form.getByRole('combobox', { name: '服务类别', exact: true }).focus()
    await buyer.keyboard.press('Enter')
    await buyer.getByRole('option', { name: '数字化转型' }).filter({ visible: true }).first().click()
    await form.getByLabel('需求说明').fill('两条产线，希望一个月内完成诊断。')
    await form.getByLabel('报价截止时间').fill(local(closes))
    await form.getByLabel('联系人').fill('钱采购')
    await form.getByLabel('联系手机').fill('13700000001')
    await fit(buyer, 'form')
    await button(form, '保存').click()
    await expect(drawer(buyer)).toContainText('（北京时间）')
    await fit(buyer, 'draft')
    await button(drawer(buyer), '确认发布').click()
    await expect(dialog(buyer)).toContainText('请再次核对')
    await dialog(buyer).getByLabel('是否属于依法必须招标的项目').selectOption({ label: '不属于，自愿在本平台征集' })
    await accessible(buyer, 'confirmation')
    await button(dialog(buyer), '确认发布').click()
    await expect(drawer(buyer).locator('.tag').first()).toHaveText('待审核')
    path = new URL(buyer.url()).pathname.split('/').pop()!
  })

  await test.step('the desk passes it', async () => {
    await desk.goto(at('lishui', `/desk/records/demands/${path}`))
    await settled(desk)
    await button(drawer(desk), '通过').click()
    await button(dialog(desk), '通过').click()
    await expect(drawer(desk).locator('.tag').first()).toHaveText('征集中')
  })

  await test.step('visitors find it, and institutions the way from there', async () => {
    await first.goto(at('lishui', '/open/demands'))
    await settled(first)
    await first.getByRole('link', { name: '寻找数字化诊断服务' }).click()
    await settled(first)
    await expect(first.getByText('（北京时间）')).toBeVisible()
    await fit(first, 'portal')
    await first.getByRole('link', { name: '去办理' }).click()
    await settled(first)
    await expect(drawer(first)).toContainText('寻找数字化诊断服务')
  })

  await test.step('two institutions offer, one of them in English on a phone', async () => {
    await button(drawer(first), '新建报价').click()
    await drawer(first).getByLabel('报价', { exact: false }).first().fill('28000')
    await drawer(first).getByLabel('工期').fill('20')
    await drawer(first).getByLabel('方案').fill('先调研，再出诊断报告与改造清单。')
    await fit(first, 'offer')
    await button(drawer(first), '保存').click()
    await drawer(first).getByRole('table').getByRole('link').first().click()
    await button(drawer(first), '提交并密封').click()
    await button(dialog(first), '提交并密封').click()
    await expect(drawer(first).locator('.tag').first()).toHaveText('已密封')

    await second.goto(at('lishui', `/center/records/demands/${path}`))
    await settled(second)
    await button(drawer(second), 'New offer').click()
    await drawer(second).getByLabel('Price').fill('26000')
    await drawer(second).getByLabel('Days needed').fill('25')
    await drawer(second).getByLabel('Proposal').fill('We look at both lines first, then report.')
    await button(drawer(second), 'Save').click()
    await drawer(second).locator('section').filter({ hasText: 'Offer' }).getByRole('link').first().click()
    await button(drawer(second), 'Seal and send').click()
    await button(dialog(second), 'Seal and send').click()
    await expect(drawer(second).locator('.tag').first()).toHaveText('Sealed')
    await accessible(second, 'sealed, in English on a phone')
    await noSideways(second, 'sealed, on a phone')
    await noKeys(second, 'sealed, in English')
    await second.screenshot({ path: `${process.env.QILIAN_OUTPUT}/demand-sealed-en-390.png` })
  })

  await test.step('the enterprise sees how many there are, and nothing of them', async () => {
    await buyer.reload()
    await settled(buyer)
    await expect(drawer(buyer)).toContainText('报价份数')
    await expect(drawer(buyer)).not.toContainText('28,000')
    await fit(buyer, 'sealed for the buyer')
  })

  await test.step('after the deadline it opens them and chooses in the details of one', async () => {
    await expect(async () => {
      await buyer.reload()
      await expect(drawer(buyer).locator('.tag').first()).toHaveText('评选中', { timeout: 3000 })
    }).toPass({ timeout: 240_000, intervals: [3000] })
    await fit(buyer, 'opened')
    await drawer(buyer)
      .getByRole('link', { name: /丽水云启/ })
      .first()
      .click()
    await button(drawer(buyer), '选定').click()
    await expect(dialog(buyer)).toContainText('生成订单')
    await dialog(buyer).getByRole('textbox').fill('报价和工期都合适。')
    await button(dialog(buyer), '选定').click()
    await expect(drawer(buyer).locator('.tag').first()).toHaveText('已中选，待确认')
    await fit(buyer, 'chosen')
  })

  await test.step('the winner confirms, and the order is there for both', async () => {
    await first.reload()
    await settled(first)
    await button(drawer(first), '确认中选，生成订单').click()
    await button(dialog(first), '确认中选，生成订单').click()
    await expect(drawer(first).locator('.tag').first()).toHaveText('已成交')
    await fit(first, 'ordered')
    await buyer.goto(at('lishui', '/enterprise/records/orders'))
    await settled(buyer)
    await expect(buyer.getByRole('link', { name: /寻找数字化诊断服务|DD-/ }).first()).toBeVisible()
    await second.reload()
    await settled(second)
    await expect(drawer(second).locator('.tag').first()).toHaveText('Not chosen')
    await expect(drawer(second)).toContainText('was chosen')
    await second.screenshot({ path: `${process.env.QILIAN_OUTPUT}/demand-lost-en-390.png` })
  })
})
