import { describe, expect, it } from 'vitest'
import { dayBegin, dayEnd, dayLast, dayOf, daysUntil } from '@/app/day'
import { d, setLang } from '@/i18n'

const at = (text: string) => Date.parse(text)

describe("China's days, wherever the reader is", () => {
  it.each([
    ['2026-12-04T15:59:59.999Z', '2026-12-04'],
    ['2026-12-04T16:00:00Z', '2026-12-05'],
    ['2026-12-31T16:00:00Z', '2027-01-01'],
    ['2024-02-28T20:00:00Z', '2024-02-29'],
    ['2026-05-06T00:00:00Z', '2026-05-06'],
  ])('%s is on %s', (text, day) => {
    expect(dayOf(at(text))).toBe(day)
  })
  it('a day begins and ends at midnight there', () => {
    expect(dayBegin('2026-05-06')).toBe('2026-05-05T16:00:00.000Z')
    expect(dayEnd('2026-05-06')).toBe('2026-05-06T16:00:00.000Z')
    expect(dayLast('2026-12-31')).toBe('2026-12-31T15:59:59.999Z')
    for (const day of ['2026-05-06', '2024-02-29', '2026-12-31']) expect(dayOf(at(dayBegin(day)))).toBe(day)
    for (const day of ['2026-05-06', '2024-02-29', '2026-12-31']) expect(dayOf(at(dayLast(day)))).toBe(day)
  })
  it('counts to a day from today there', () => {
    expect(daysUntil('2026-12-05', at('2026-12-04T15:00:00Z'))).toBe(1)
    expect(daysUntil('2026-12-05', at('2026-12-04T17:00:00Z'))).toBe(0)
    expect(daysUntil('2026-12-04', at('2026-12-04T17:00:00Z'))).toBe(-1)
  })
  it('shows them, in both languages', async () => {
    expect(d(at('2026-12-04T17:30:00Z'), 'minute')).toBe('2026-12-05 01:30')
    expect(d(at('2026-12-04T17:30:00Z'))).toBe('2026-12-05')
    await setLang('en')
    expect(d(at('2026-12-04T17:30:00Z'))).toBe('2026-12-05')
    await setLang('zh')
  })
})
