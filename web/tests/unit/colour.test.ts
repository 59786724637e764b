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

describe('colours of a platform', () => {
  it('contrast is that of WCAG', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
    expect(contrast('#ffffff', '#767676')).toBeCloseTo(4.54, 2)
  })
  it.each(BRANDS)('%s: text can be read wherever it stands, by day and by night', (brand) => {
    const p = { ...brandShades(brand, brand), ...elementShades(brand) }
    for (const [time, grounds, ink, solid] of [
      ['day', ['#ffffff', '#f3f6fa', '#eef2f6'], '#1c2733', '#ffffff'],
      ['night', ['#18212b', '#10161d', '#222d38'], '#e4eaf0', '#0e151c'],
    ] as const) {
      for (const name of ['brand', 'brand-dark', 'accent'].map((n) => `--${time}-${n}`))
        for (const ground of [...grounds, p[`--${time}-tint`]])
          expect(contrast(p[name], ground), `${name} ${p[name]} on ${ground}`).toBeGreaterThanOrEqual(4.5)
      for (const name of ['brand', 'brand-dark'])
        expect(contrast(solid, p[`--${time}-${name}`]), `on ${name} by ${time}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(ink, p[`--${time}-tint`])).toBeGreaterThanOrEqual(4.5)
      // What is hovered looks different from what is not.
      expect(p[`--${time}-brand-dark`]).not.toBe(p[`--${time}-brand`])
    }
    // Bars keep the day's colour.
    expect(contrast('#ffffff', p['--day-brand-dark'])).toBeGreaterThanOrEqual(4.5)
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
  it('our own colour gives what the styles say', () => {
    const own = { ...brandShades('#0b5cad', '#b3470f'), ...elementShades('#0b5cad') }
    const css = readFileSync('src/styles/theme.css', 'utf8') + readFileSync('src/styles/colours.css', 'utf8')
    for (const [name, value] of Object.entries(own)) expect(css).toContain(`var(${name}, ${value})`)
  })
  it('is laid on the document, nothing where a platform names none', () => {
    expect(brandShades(undefined, null)).toEqual({})
    lay(brandShades('#1b7f5c'))
    expect(document.documentElement.style.getPropertyValue('--day-brand')).toBe(readable('#1b7f5c'))
  })
})
