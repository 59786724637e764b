// Lighthouse's mobile figures of the main pages of a running demonstration: the median of several runs, each in a browser of its own.
import { request } from 'node:http'
import { loadavg } from 'node:os'
import * as launcher from 'chrome-launcher'
import lighthouse from 'lighthouse'

const [port, runs, password] = process.argv.slice(2)
const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--lang=zh-CN', '--accept-lang=zh-CN']

/** Asks the server without a browser; node does not know that *.localhost is this machine. */
function api(slug, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { Host: `${slug}.localhost:${port}`, Origin: `http://${slug}.localhost:${port}`, 'Content-Type': 'application/json', ...(cookies[slug] ? { Cookie: cookies[slug] } : {}) }
    const asked = request({ host: '127.0.0.1', port, method, path: `/api/v1${path}`, headers }, (answer) => {
      let text = ''
      answer.on('data', (part) => { text += part })
      answer.on('end', () => {
        if (answer.statusCode >= 300) return reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`))
        if (answer.headers['set-cookie']) cookies[slug] = answer.headers['set-cookie'].map((c) => c.split(';')[0]).join('; ')
        resolve(JSON.parse(text))
      })
    })
    asked.on('error', reject)
    asked.end(body && JSON.stringify(body))
  })
}
const cookies = {}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]

async function run(slug, path) {
  const chrome = await launcher.launch({ chromePath: process.env.CHROME_PATH ?? '/usr/bin/chromium', chromeFlags: FLAGS })
  try {
    const found = await lighthouse(`http://${slug}.localhost:${port}${path}`, {
      port: chrome.port, logLevel: 'error', onlyCategories: ['performance', 'accessibility'], maxWaitForLoad: 30_000,
      ...(cookies[slug] ? { extraHeaders: { Cookie: cookies[slug] } } : {}),
    })
    const { audits, categories } = found.lhr
    if (found.lhr.runtimeError) throw new Error(found.lhr.runtimeError.message)
    const ms = (id) => audits[id].numericValue
    return { performance: categories.performance.score * 100, accessibility: categories.accessibility.score * 100, fcp: ms('first-contentful-paint'), lcp: ms('largest-contentful-paint'), tbt: ms('total-blocking-time'), cls: ms('cumulative-layout-shift'), bytes: ms('total-byte-weight'), audits }
  } finally { chrome.kill() }
}

const product = (await api('zhejiang', 'GET', '/portal/listings?limit=1')).items[0].id
await api('zhejiang', 'POST', '/auth/sign-in', { login: 'reviewer', password })
const work = cookies.zhejiang
const open = (await api('zhejiang', 'GET', '/case-queue?phase=waiting&limit=1')).items[0].id
delete cookies.zhejiang

console.log('| Page | Performance (runs) | Goal | Accessibility | FCP s | LCP s | TBT ms | CLS | kB | load |\n|---|---|---|---|---|---|---|---|---|---|')
let missed = 0
for (const [name, path, goal, cookie] of [
  ['Portal', '/', 95], ['Services', '/services', 95], ['A product', `/services/${product}`, 95],
  ['To-do', '/desk', 85, work], ['Cases', '/desk/cases', 85, work], ['A case', `/desk/cases/${open}`, 85, work],
]) {
  if (cookie) cookies.zhejiang = cookie
  const load = loadavg()[0], all = []
  for (let i = 0; i < Number(runs); i++) all.push(await run('zhejiang', path))
  const of = (key) => median(all.map((one) => one[key]))
  missed += of('performance') < goal
  console.log(`| ${name} | ${of('performance').toFixed(0)} (${all.map((o) => o.performance.toFixed(0)).join(', ')}) | ${goal} | ${of('accessibility').toFixed(0)} | ${(of('fcp') / 1000).toFixed(1)} | ${(of('lcp') / 1000).toFixed(1)} | ${of('tbt').toFixed(0)} | ${of('cls').toFixed(3)} | ${(of('bytes') / 1024).toFixed(0)} | ${load.toFixed(1)} |`)
  if (process.env.QILIAN_WHY) for (const a of Object.values(all[0].audits)) if (a.score !== null && a.score < 0.9 && (a.details?.overallSavingsMs || a.details?.items?.length)) console.error(`  ${a.id} ${a.displayValue ?? ''} ${JSON.stringify(a.details.items?.slice(0, 3)).slice(0, 400)}`)
}
process.exitCode = missed ? 1 : 0
