// Pictures of the main pages from a running demonstration, desktop and phone, Chinese and English:
// docs/screens/NAME-WIDTH-LANG.png.
import { execFileSync } from 'node:child_process'
import { chromium } from '@playwright/test'

const [port, password] = process.argv.slice(2)
const at = (slug, path) => `http://${slug}.localhost:${port}${path}`

/** What is shown: [name, path, or a function that gets there from the page]. */
const scenes = [
  [
    'zhejiang',
    null,
    [
      ['home', '/'],
      ['services', '/services?q=%E4%BC%81%E4%B8%9A'],
      ['join', '/join'],
    ],
  ],
  [
    'zhejiang',
    'reviewer',
    [
      ['todo', '/desk'],
      ['cases', '/desk/cases'],
      ['case', firstCase],
      ['invitations', '/desk/invitations'],
      ['figures', '/desk/figures'],
      ['sync', '/desk/sync'],
    ],
  ],
  [
    'zhejiang',
    'system',
    [
      ['settings', '/desk/settings?part=ways'],
      ['dictionaries', '/desk/settings?part=dictionaries'],
      ['staff', '/desk/staff'],
    ],
  ],
  ['zhejiang', 'audit', [['audit', '/desk/audit']]],
  ['lishui', 'admin', [['certified', '/desk/institutions']]],
  ['changsha', 'reviewer', [['listings', '/desk/listings']]],
  [
    'lishui',
    'lishui0010',
    [
      ['centre', '/center'],
      ['platforms', '/center/platforms'],
      ['products', '/center/products'],
      ['matrix', '/center/matrix'],
    ],
  ],
]

async function firstCase(page) {
  await page.goto(at('zhejiang', '/desk/cases'))
  // On a phone the first link is in a card.
  await page.locator('main a[href^="/desk/cases/"]').first().click()
  await page.locator('h2').first().waitFor()
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
for (const [slug, user, pages] of scenes) {
  for (const lang of ['zh', 'en']) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    if (user) {
      await page.goto(at(slug, '/sign-in'))
      await page.fill('#login', user)
      await page.fill('#password', password)
      await page.click('form button.full')
      await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
    }
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
      for (const [name, where] of pages) {
        if (typeof where === 'string') await page.goto(at(slug, where))
        else await where(page)
        await page.waitForLoadState('networkidle').catch(() => undefined)
        await page.waitForTimeout(400)
        await page.screenshot({ path: `docs/screens/${name}-${width}-${lang}.png` })
      }
    }
    await context.close()
  }
}
await browser.close()
console.log(execFileSync('ls', ['docs/screens'], { encoding: 'utf8' }))
