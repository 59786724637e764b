import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { brandShades, contrast, elementShades, lay, mix, readable } from '@/app/colour'

// Yellow, cyan and others that no white text can be read on, our own, those of the examples, nearly black, greys,
// ends of the scale.
const BRANDS = [
  '#ffff00',
  '#ffd400',
  '#00ffff',
  '#7fff7f',
  '#f5f5f5',
  '#ffffff',
  '#0b5cad',
  '#1b7f5c',
  '#b3261e',
  '#c8102e',
  '#ff6600',
  '#0a0a14',
  '#000000',
  '#767676',
  '#0000ff',
  '#ff00ff',
]
const INK = '#1c2733',
  WHITE = '#ffffff'

describe('colours of a platform', () => {
  it('contrast is that of WCAG', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
    expect(contrast('#ffffff', '#767676')).toBeCloseTo(4.54, 2)
  })
  it.each(BRANDS)('%s: text can be read wherever it stands', (brand) => {
    const p = { ...brandShades(brand, brand), ...elementShades(brand) }
    for (const name of ['--brand', '--brand-dark', '--accent', '--el-color-primary', '--el-color-primary-dark-2'])
      for (const ground of [WHITE, '#f3f6fa', p['--tint'], p['--el-color-primary-light-9']])
        expect(contrast(p[name], ground), `${name} ${p[name]} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    expect(contrast(INK, p['--tint'])).toBeGreaterThanOrEqual(4.5)
    // What is hovered looks different from what is not.
    expect(p['--brand-dark']).not.toBe(p['--brand'])
    expect(p['--el-color-primary-dark-2']).not.toBe(p['--el-color-primary'])
  })
  it.each(['#0b5cad', '#b3261e', '#0a0a14'])('%s can be read and stays as it is', (brand) => {
    expect(readable(brand)).toBe(brand)
  })
  it('a light one keeps its hue: yellow becomes olive, not grey', () => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(readable('#ffff00').slice(i, i + 2), 16))
    expect([r, b]).toEqual([g, 0])
    expect(r).toBeGreaterThan(0x60)
  })
  it('mixes', () => {
    expect([mix('#000000', '#ffffff', 0.5), mix('#102030', '#ffffff', 0), mix('#102030', '#ffffff', 1)]).toEqual([
      '#808080',
      '#102030',
      '#ffffff',
    ])
  })
  it('our own colour gives what the theme was generated with', () => {
    const theme = readFileSync('src/styles/theme.css', 'utf8')
    for (const [name, value] of Object.entries(elementShades('#0b5cad'))) expect(theme).toContain(`${name}: ${value};`)
  })
  it('is laid on the document, nothing where a platform names none', () => {
    expect(brandShades(undefined, null)).toEqual({})
    lay(brandShades('#1b7f5c'))
    expect(document.documentElement.style.getPropertyValue('--brand')).toBe(readable('#1b7f5c'))
  })
})
