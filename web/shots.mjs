import { chromium } from '@playwright/test'
const port = 8391, password = process.argv[2]
const jobs = JSON.parse(process.argv[3])
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP *.localhost 127.0.0.1'] })
for (const [name, slug, login, path, lang, w] of jobs) {
  const context = await browser.newContext({ viewport: { width: w, height: w > 800 ? 900 : 844 }, locale: lang === 'zh' ? 'zh-CN' : 'en-US', reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.addInitScript((l) => localStorage.setItem('qilian.lang', l), lang)
  const base = `http://${slug}.localhost:${port}`
  if (login) {
    const answer = await context.request.post(`http://127.0.0.1:${port}/api/v1/auth/sign-in`, { headers: { Host: `${slug}.localhost:${port}`, Origin: base }, data: { login, password } }).catch((e) => e)
    await page.goto(base + '/sign-in')
    const status = await page.evaluate(async ([l, p]) => (await fetch('/api/v1/auth/sign-in', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login: l, password: p }) })).status, [login, password])
    if (status >= 300) console.log(name, 'sign-in', status)
  }
  await page.goto(base + path)
  await page.waitForLoadState('networkidle').catch(() => {})
  await page.waitForTimeout(500)
  await page.screenshot({ path: `/tmp/shots/${name}.png`, fullPage: process.argv[4] === 'full' })
  await context.close()
}
await browser.close()
