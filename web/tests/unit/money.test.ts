import { describe, expect, it } from 'vitest'
import { fen, yuan } from '@/app/money'

describe('money', () => {
  it.each([
    [0, '0'],
    [5, '0.05'],
    [26000, '260'],
    [36050, '360.50'],
    [123456789, '1,234,567.89'],
    [null, ''],
  ])('shows %s fen as %s', (n, text) => {
    expect(yuan(n)).toBe(text)
  })
  it.each([
    ['360.5', 36050],
    ['1,234.56', 123456],
    ['¥ 12', 1200],
    ['12 元', 1200],
    ['0', 0],
  ])('reads %s', (text, n) => {
    expect(fen(text)).toBe(n)
  })
  it.each(['', '-1', '1.234', 'abc', '1e5', '99999999999999'])('takes no amount from %j', (text) => {
    expect(fen(text)).toBeNull()
  })
  it.each([
    [1_000_000, '1'],
    [50_000_000, '50'],
    [123_456_789, '123.456789'],
    [5, '0.000005'],
    [900_000_000_000, '900,000'],
  ])('shows %s fen as %s 万元', (n, text) => {
    expect(yuan(n, 'wan')).toBe(text)
    expect(fen(text, 'wan')).toBe(n)
  })
  it('does not take 万 for yuan', () => {
    expect(fen('50万')).toBeNull()
    expect(fen('50万元', 'wan')).toBe(50_000_000)
  })
  it.each(['1.2345678', '9999999999', '-3'])('takes no 万元 from %j', (text) => {
    expect(fen(text, 'wan')).toBeNull()
  })
  it('keeps what it shows', () => {
    for (const n of [1, 10, 99, 100, 101, 99999, 100000001]) expect(fen(yuan(n))).toBe(n)
  })
})
