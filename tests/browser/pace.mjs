// Opens the matrix of test_pace.py in Chromium as its owner, and says when the first rows were painted and how frames
// came while somebody scrolled through all of it.
import { chromium } from 'playwright-core'

const at = (path) => `http://lishui.localhost:${process.env.QILIAN_PORT}${path}`
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
await context.addCookies([{ name: 'qilian_session', value: process.env.QILIAN_TOKEN, url: at('/') }])
const page = await context.newPage()
const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]

const paints = []
for (let i = 0; i < 5; i++) {
  await page.goto(at('/center'))
  await page.locator('h1').waitFor()
  await page.goto(at('/center/matrix'))
  // From the navigation's start to the frame in which the first cells stand.
  paints.push(
    await page.evaluate(
      () =>
        new Promise((done) => {
          const look = () =>
            document.querySelector('tbody button.cell')
              ? requestAnimationFrame(() => done(Math.round(performance.now())))
              : requestAnimationFrame(look)
          look()
        }),
    ),
  )
}
await page.waitForLoadState('networkidle')
const scroll = (by) =>
  page.evaluate(
    (step) =>
      new Promise((done) => {
        const box = document.querySelector('[role=region] table').parentElement
        box.scrollTop = 0
        const times = []
        let last = performance.now()
        const move = (now) => {
          times.push(now - last)
          last = now
          box.scrollTop += step
          if (box.scrollTop + box.clientHeight < box.scrollHeight - 1 && times.length < 600) requestAnimationFrame(move)
          else
            done({ times: times.slice(1), reached: box.scrollTop, rows: document.querySelectorAll('tbody tr').length })
        }
        requestAnimationFrame(move)
      }),
    by,
  )
const frames = []
for (const by of [20, 90]) {
  const { times, reached, rows } = await scroll(by)
  await page.waitForTimeout(800)
  const slow = times.filter((t) => t > 34).length
  frames.push({
    'px a frame': by,
    'frames a second': Math.round((1000 * times.length) / times.reduce((a, b) => a + b, 0)),
    'middle ms': Math.round(middle([...times]) * 10) / 10,
    'over 34 ms': `${slow} of ${times.length}`,
    reached,
    rows,
  })
}
console.log(JSON.stringify({ 'first paint ms': paints, 'middle of them': middle([...paints]), frames }))
await browser.close()
