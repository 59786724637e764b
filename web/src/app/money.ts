/** Money travels as integer fen and is shown in yuan. */
export function yuan(fen: number | null | undefined): string {
  if (fen === null || fen === undefined) return ''
  const whole = Math.trunc(fen / 100).toLocaleString('en-US')
  const rest = Math.abs(fen % 100)
  return rest ? `${whole}.${String(rest).padStart(2, '0')}` : whole
}

/** "12,345.6" yuan as typed → fen; null when it is no amount. */
export function fen(text: string): number | null {
  const clean = text.replace(/[,，\s¥￥元]/g, '')
  if (!/^\d{1,13}(\.\d{1,2})?$/.test(clean)) return null
  const [whole, part = ''] = clean.split('.')
  return Number(whole) * 100 + Number(part.padEnd(2, '0'))
}
