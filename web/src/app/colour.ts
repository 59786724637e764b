// A platform's own colour, made readable: WCAG AA (4.5:1) for what stands on it, and for it as text on our grounds,
// by day and by night (styles/colours.css).
// Colours are "#rrggbb", as policies are checked for; color-mix() is younger than the browsers we serve.
const AA = 4.5
const WHITE = '#ffffff',
  BLACK = '#000000'
/** What text stands on; the first is what tints are mixed with. */
const GROUNDS = { day: [WHITE, '#f3f6fa', '#eef2f6'], night: ['#18212b', '#10161d', '#222d38'] }
export type Time = keyof typeof GROUNDS
/** How much of the ground is in a tint. */
const TINT = { day: 0.9, night: 0.85 }

const parts = (colour: string) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))

/** part of b in a, 0 to 1. */
export function mix(a: string, b: string, part: number): string {
  const other = parts(b)
  return `#${parts(a)
    .map((v, i) =>
      Math.round(v * (1 - part) + other[i] * part)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

/** Relative luminance, 0 to 1 (WCAG 2.1). */
function luminance(colour: string): number {
  const [r, g, b] = parts(colour)
    .map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** 1 to 21. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const tint = (c: string, time: Time) => mix(c, GROUNDS[time][0]!, TINT[time])

/** The colour itself where it can be read as it is, else as little darker (by night: lighter) as will do. */
export function readable(colour: string, time: Time = 'day'): string {
  let c = colour
  const fits = () => [...GROUNDS[time], tint(c, time)].every((ground) => contrast(c, ground) >= AA)
  for (let step = 1; !fits(); step++) c = mix(colour, time === 'day' ? BLACK : WHITE, step * 0.02)
  return c
}

/** A second shade for hovered and large areas: darker by day, lighter by night, and the other way at the ends of the
 * scale. */
export function second(c: string, part: number, time: Time = 'day') {
  const lighter = time === 'day' ? luminance(c) < 0.02 : luminance(c) < 0.8
  return mix(c, lighter ? WHITE : BLACK, part)
}

/** The variables of styles/colours.css. */
export function brandShades(primary?: string | null, accent?: string | null): Record<string, string> {
  const out: Record<string, string> = {}
  for (const time of ['day', 'night'] as const) {
    if (primary) {
      const c = readable(primary, time)
      out[`--${time}-brand`] = c
      out[`--${time}-brand-dark`] = second(c, 0.28, time)
      out[`--${time}-tint`] = tint(c, time)
    }
    if (accent) out[`--${time}-accent`] = readable(accent, time)
  }
  return out
}

/** Steps between the brand and the ground for Element Plus, which scripts/make-theme.mjs writes for our own colour. */
export function elementShades(primary: string): Record<string, string> {
  const out: Record<string, string> = {}
  for (const time of ['day', 'night'] as const) {
    const c = readable(primary, time)
    for (const step of [3, 5, 7, 8]) out[`--${time}-light-${step}`] = mix(c, GROUNDS[time][0]!, step / 10)
  }
  return out
}

/** Through the CSSOM: a style attribute or element would need an unsafe policy. */
export function lay(shades: Record<string, string>) {
  for (const [name, value] of Object.entries(shades)) document.documentElement.style.setProperty(name, value)
}
