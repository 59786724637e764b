// A platform's own colour, made readable: WCAG AA (4.5:1) for white text on it and for it as text on our pale grounds.
// Colours are "#rrggbb", as policies are checked for; color-mix() is younger than the browsers we serve.
const AA = 4.5
const WHITE = '#ffffff',
  BLACK = '#000000',
  PALE = '#f3f6fa'

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

/** The colour itself where it can be read as it is, else as little darker as will do. */
export function readable(colour: string): string {
  let c = colour
  const fits = () => contrast(c, WHITE) >= AA && contrast(c, PALE) >= AA && contrast(c, mix(c, WHITE, 0.9)) >= AA
  for (let step = 1; !fits(); step++) c = mix(colour, BLACK, step * 0.02)
  return c
}

/** A second shade for hovered and large areas; of a colour that is nearly black, a lighter one. */
export const second = (c: string, part: number) => (luminance(c) < 0.02 ? mix(c, WHITE, part) : mix(c, BLACK, part))

/** The variables of base.css. */
export function brandShades(primary?: string | null, accent?: string | null): Record<string, string> {
  const out: Record<string, string> = {}
  if (primary) {
    const c = readable(primary)
    Object.assign(out, { '--brand': c, '--brand-dark': second(c, 0.28), '--tint': mix(c, WHITE, 0.9) })
  }
  if (accent) out['--accent'] = readable(accent)
  return out
}

/** The variables of Element Plus that scripts/make-theme.mjs writes for our own colour. */
export function elementShades(primary: string): Record<string, string> {
  const c = readable(primary)
  const out: Record<string, string> = { '--el-color-primary': c, '--el-color-primary-dark-2': second(c, 0.2) }
  for (const step of [3, 5, 7, 8, 9]) out[`--el-color-primary-light-${step}`] = mix(c, WHITE, step / 10)
  return out
}

/** Through the CSSOM: a style attribute or element would need an unsafe policy. */
export function lay(shades: Record<string, string>) {
  for (const [name, value] of Object.entries(shades)) document.documentElement.style.setProperty(name, value)
}
