import { digits as plain } from './number'

/** How people say an amount: in yuan, or in 10,000 yuan (万元) where a declaration says `unit: wan`. It travels as
 * integer fen. What is said of other fields means yuan. */
export type MoneyUnit = 'wan' | 'second' | undefined
const DIGITS = { yuan: 2, wan: 6 } // places behind the point down to one fen
const digitsOf = (unit: MoneyUnit) => (unit === 'wan' ? DIGITS.wan : DIGITS.yuan)

/** Integer fen as people say it: "12,345.60", in 万元 "1.23456". Cents are shown in full or not at all, 万元 without
 * trailing zeros. */
export function yuan(fen: number | null | undefined, unit?: MoneyUnit): string {
  if (fen === null || fen === undefined) return ''
  const digits = digitsOf(unit),
    whole = Math.trunc(fen / 10 ** digits).toLocaleString('en-US')
  const rest = String(Math.abs(fen % 10 ** digits)).padStart(digits, '0')
  const shown = unit === 'wan' ? rest.replace(/0+$/, '') : Number(rest) ? rest : ''
  return shown ? `${whole}.${shown}` : whole
}

/** "12,345.6" as typed → fen; null when it is no amount, or finer than a fen. */
export function fen(text: string, unit?: MoneyUnit): number | null {
  const digits = digitsOf(unit),
    clean = (plain(text.replace(/[¥￥]/g, '')) ?? '').replace(unit === 'wan' ? /万?元?$/ : /元$/, '')
  const found = new RegExp(`^\\+?(\\d{1,${15 - digits}})(?:\\.(\\d{0,${digits}})0*)?$`).exec(clean)
  return found ? Number(found[1]) * 10 ** digits + Number((found[2] ?? '').padEnd(digits, '0')) : null
}
