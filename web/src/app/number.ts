/** Numbers as people type and paste them: full width, thousands separators, spaces. What cannot be read stays the
 * text that it is, so
 *  that it is shown, told at its field, and never sent as nothing. */

/** Half width, without spaces and what cannot be seen; null where the commas do not part thousands ("12,5" is no
 * 125). */
export function digits(text: string): string | null {
  const clean = text
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g, '')
  if (!clean.includes(',')) return clean
  return /^[^\d]*\d{1,3}(,\d{3})+(?![\d,])/.test(clean) || /^[^\d]*\d{1,4}(,\d{4})+(?![\d,])/.test(clean)
    ? clean.replace(/,/g, '')
    : null
}

/** A whole number; null when the text is none, or larger than JSON holds exactly. "120.0" is 120, "12.5" is none. */
export function whole(text: string): number | null {
  const found = /^([+-]?\d{1,16})(?:\.0*)?$/.exec(digits(text) ?? '')
  const value = found ? Number(found[1]) : NaN
  return Number.isSafeInteger(value) ? value + 0 : null
}

/** What a field of numbers holds: a number, nothing, or the text that is none. */
export type Typed = number | string | null | undefined

/** The value for what was typed: null for nothing, else the number, else the text itself. */
export function typed(text: string, read: (text: string) => number | null): Typed {
  if ((digits(text) ?? text) === '') return null
  return read(text) ?? text
}

/** Typed, and no number. */
export const unread = (value: unknown): value is string => typeof value === 'string' && value !== ''
