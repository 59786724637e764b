// DX-14: a sub-account finds what it was given; a link to the rest says so in words. The same for roles and levels
// of platforms.
import type { BrowserContext } from '@playwright/test'
import { accessible, at, expect, facts, noSideways, settled, signIn, test } from './base'

async function open(context: BrowserContext, slug: string, login: string) {
  await signIn(context, slug, login)
  return await context.newPage()
}

test('a sub-account finds the menus and buttons it was given', async ({ context }) => {
  const page = await open(context, 'lishui', facts.clerk)
  await page.goto(at('lishui', '/center'))
  await settled(page)
  const menu = page.getByRole('navigation', { name: '菜单' })
  await expect(menu.getByRole('link')).toHaveText([
    '概览',
    '服务产品',
    '统计',
    // One's own seats and saved calls are nobody's to give.
    '活动报名',
    '收藏的申报',
    '我的账号',
  ])
  await expect(page.locator('main').getByRole('link', { name: /资质|上架/ })).toHaveCount(0)
  await page.goto(at('lishui', '/center/products'))
  await settled(page)
  await expect(page.getByRole('link', { name: '新建服务产品' })).toBeVisible()
  await expect(page.getByRole('button', { name: /^复制/ }).first()).toBeVisible()
  await expect(page.locator('main').getByText('上架', { exact: true })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /全部下架并删除/ })).toHaveCount(0)
  await page.goto(at('lishui', `/center/products/${facts.product}`))
  await settled(page)
  await expect(page.getByRole('button', { name: '保存', exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: '上架', exact: true })).toHaveCount(0)
})

test('a link to what was not given says so', async ({ context }) => {
  const page = await open(context, 'lishui', facts.clerk)
  for (const path of ['/center/profile', '/center/qualifications', '/center/platforms', '/center/matrix']) {
    await page.goto(at('lishui', path))
    await expect(page.locator('main'), path).toContainText('机构管理员没有为您的账号开通此菜单')
  }
  await page.goto(at('lishui', '/center/people'))
  await expect(page.locator('main')).toContainText('您的账号没有此项工作的权限')
  await accessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await noSideways(page)
  await page.getByRole('link', { name: '返回首页' }).click()
  await expect(page).toHaveURL(/\/center$/)
})

test('what is not of this role or this level of platform says so', async ({ context }) => {
  const page = await open(context, 'lishui', 'reviewer_a')
  for (const [path, words] of [
    ['/desk/staff', '您的账号没有此项工作的权限'],
    ['/center/products', '您的账号没有此项工作的权限'],
    ['/desk/invitations', '本平台没有此项业务'],
  ]) {
    await page.goto(at('lishui', path))
    await expect(page.locator('main'), path).toContainText(words)
  }
})
