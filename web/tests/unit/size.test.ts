// @vitest-environment node
// What a visitor on a slow phone must load. Needs a build: tools/test makes it first.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const DIST = join(process.cwd(), 'dist')
const KB = 1024
const assets = readdirSync(join(DIST, 'assets'))
const find = (name: string, ext: string) => assets.filter((f) => new RegExp(`^${name}-[\\w-]{8}\\.${ext}$`).test(f))
const size = (files: Iterable<string>) =>
  [...files].reduce((n, f) => n + statSync(join(DIST, `assets/${f}.br`)).size, 0)

/** A file with all that it imports at once (not what it fetches later). */
function closure(start: string[], seen = new Set<string>()) {
  for (const file of start) {
    if (seen.has(file)) continue
    seen.add(file)
    const text = readFileSync(join(DIST, `assets/${file}`), 'utf8')
    closure(
      [...text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)].map((m) => m[1]),
      seen,
    )
  }
  return seen
}
/** The chunk of a route with its styles: Vite names them together where the route is imported. */
function route(table_of: string, ...names: string[]) {
  for (const n of names) expect(find(n, 'js').length, `chunks named ${n}`).toBe(1) // a chunk of another name would weigh nothing here
  const index = readFileSync(join(DIST, `assets/${table_of}`), 'utf8')
  const files = closure(names.flatMap((n) => find(n, 'js')))
  const table = /m\.f=\[([^\]]*)\]|__vite__mapDeps=[^[]*\[([^\]]*)\]/.exec(index)
  const listed = (table?.[1] ?? table?.[2] ?? '').split(',').map((s) => s.replace(/["'\s]/g, '').replace('assets/', ''))
  const styles = new Set<string>()
  for (const n of names) {
    const use = new RegExp(`import\\(["'\`]\\./${n}-[\\w-]{8}\\.js["'\`]\\)[^[]*\\[([\\d,]*)\\]`).exec(index)
    for (const i of (use?.[1] ?? '').split(',').filter(Boolean))
      if (listed[Number(i)]?.endsWith('.css')) styles.add(listed[Number(i)])
  }
  return new Set([...files, ...styles])
}
const html = () => readFileSync(join(DIST, 'index.html'), 'utf8')
const first = () => [...html().matchAll(/(?:src|href)="\/assets\/([\w.-]+)"/g)].map((m) => m[1])
const entry = () => first().filter((f) => f.startsWith('index-') && f.endsWith('.js'))

describe('sizes (brotli)', () => {
  it('index.html loads what every page needs, and no more', () => {
    const names = new Set(first().map((f) => f.replace(/-[\w-]{8}\./, '.')))
    for (const helper of ['_plugin-vue_export-helper.js', 'preload-helper.js', 'rolldown-runtime.js'])
      names.delete(helper)
    expect([...names].sort()).toEqual(['i18n.js', 'index.css', 'index.js', 'shared.css', 'shared.js', 'vue.js'])
  })
  it.each([['HomeView'], ['ServicesView'], ['ServiceView'], ['ShopView'], ['JoinView']])(
    'the portal with %s: 60 KB',
    (view) => {
      const files = new Set([...first(), ...route(entry()[0], 'shared', view)])
      expect([...files].join()).not.toMatch(/ElLayout|SchemaForm/)
      for (const css of find('shared', 'css')) files.add(css)
      expect(size(files) / KB).toBeLessThanOrEqual(60)
      expect(size(files) / KB).toBeGreaterThan(35) // Vue alone is 30: something was not counted
    },
  )
  it.each([['TodoView'], ['CasesView'], ['OverviewView'], ['MatrixView']])(
    'a workbench that begins with %s: 200 KB',
    (view) => {
      const files = new Set([
        ...first(),
        ...route(find('work', 'js')[0], 'work', 'ElLayout', view),
        ...find('work.zh-CN', 'js'),
        ...find('center.zh-CN', 'js'),
      ])
      expect(size(files) / KB).toBeLessThanOrEqual(200)
      expect(size(files) / KB).toBeGreaterThan(80)
    },
  )
  it('nothing evaluates text, nothing is fetched from elsewhere', () => {
    for (const file of assets.filter((f) => f.endsWith('.js')))
      expect(readFileSync(join(DIST, `assets/${file}`), 'utf8'), file).not.toMatch(
        /new Function\(|\beval\(|fonts\.googleapis|cdn\.jsdelivr|unpkg\.com/,
      )
  })
})
