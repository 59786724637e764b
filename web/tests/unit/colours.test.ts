// @vitest-environment node
// Colours have one place: what is dark by night, printed, or forced to few colours, is derived from there.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contrast } from '@/app/colour'

const under = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((f) =>
    f.isDirectory() ? under(join(folder, f.name)) : [join(folder, f.name)],
  )
/** What a style says, without the text of a page that may look alike. */
const styleOf = (file: string) => {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.vue') ? [...text.matchAll(/<style[^>]*>([^]*?)<\/style>/g)].map((m) => m[1]).join('\n') : text
}
const LITERAL = /#[0-9a-f]{3,8}\b|\b(rgb|hsl)a?\(|:\s*(white|black|red|gr[ae]y|green|blue|yellow|orange)\b/gi
const css = readFileSync('src/styles/colours.css', 'utf8')
const [day, night] = css
  .split('@media')
  .map((part) =>
    Object.fromEntries(
      [...part.matchAll(/--([\w-]+):\s*(?:var\([^,)]+,\s*)?(#[0-9a-f]{3,6})/g)].map((m) => [
        m[1],
        m[2].length === 4 ? `#${[...m[2].slice(1)].map((x) => x + x).join('')}` : m[2],
      ]),
    ),
  )

describe('colours', () => {
  it('are far apart for barrier-free reading', () => {
    const strong = Object.fromEntries(
      [...readFileSync('src/styles/contrast.css', 'utf8').matchAll(/--([\w-]+): (#[0-9a-f]{3,6})/g)].map((m) => [
        m[1],
        m[2].length === 4 ? `#${[...m[2].slice(1)].map((x) => x + x).join('')}` : m[2],
      ]),
    )
    for (const ink of ['ink', 'soft', 'brand', 'brand-dark', 'accent', 'good', 'bad', 'warn', 'line', 'edge'])
      for (const ground of ['paper', 'pale', 'head', 'hover', 'tint'])
        expect(contrast(strong[ink], strong[ground]), `${ink} on ${ground}`).toBeGreaterThanOrEqual(7)
    expect(contrast(strong['foot-link'], strong.foot)).toBeGreaterThanOrEqual(7)
  })
  it('stand nowhere but in colours.css and the theme that is generated', () => {
    const files = under('src').filter((f) => /\.(vue|css)$/.test(f) && !/styles.(colours|contrast|theme)\.css$/.test(f))
    expect(files.length).toBeGreaterThan(50)
    const found = files.flatMap((f) => (styleOf(f).match(LITERAL) ?? []).map((x) => `${f}: ${x}`))
    expect(found).toEqual([])
  })
  it.each([
    ['day', day],
    ['night', { ...day, ...night }],
  ])('can be read by %s', (_, c) => {
    const grounds = ['paper', 'pale', 'head', 'hover', 'tint']
    for (const [ink, on] of [
      ...['ink', 'soft', 'good', 'bad', 'warn'].map((x) => [x, grounds] as const),
      ...['good', 'bad', 'warn'].map((x) => [`${x}-ink`, [`${x}-pale`]] as const),
      ...['bad', 'warn', 'ink'].map((x) => [x, ['bad-pale', 'warn-pale']] as const),
      ['on-solid', ['brand', 'brand-dark', 'good', 'bad', 'warn', 'soft']] as const,
      ['foot-ink', ['foot']] as const,
      ['foot-link', ['foot']] as const,
    ])
      for (const ground of on) {
        expect(c[ink], ink).toBeTruthy()
        expect(c[ground], ground).toBeTruthy()
        expect(contrast(c[ink], c[ground]), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
      }
    for (const line of ['edge', 'series-2', 'series-3', 'series-4', 'series-5', 'brand'])
      expect(contrast(c[line], c.paper), line).toBeGreaterThanOrEqual(3)
  })
})
