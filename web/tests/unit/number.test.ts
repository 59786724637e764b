import { describe, expect, it } from 'vitest'
import { fen } from '@/app/money'
import { typed, unread, whole } from '@/app/number'

describe('numbers as people type them', () => {
  it.each([
    ['120', 120],
    ['1,200', 1200],
    ['1，200', 1200],
    ['１２０', 120],
    ['１，２００', 1200],
    [' 1 200 ', 1200],
    ['1\u00a0200', 1200],
    ['1\u3000200', 1200],
    ['\u200b120\ufeff', 120],
    ['12,0000', 120000],
    ['120.0', 120],
    ['120.', 120],
    ['-5', -5],
    ['+5', 5],
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['9007199254740991', 9007199254740991],
  ])('%j is %s', (text, n) => {
    expect(whole(text)).toBe(n)
  })
  it.each([
    '',
    '12.5',
    '12,5',
    '1,20',
    '1,2000,00',
    '约120人',
    '一百',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '--5',
    '1-2',
    '9007199254740993',
    '1,200,',
    ',200',
    '①',
  ])('%j is none', (text) => {
    expect(whole(text)).toBeNull()
  })
  it.each([
    ['12.5', 1250],
    ['12.', 1200],
    ['1,200.50', 120050],
    ['１２．５', 1250],
    ['￥1，200', 120000],
    ['1 200 元', 120000],
    ['12.500', 1250],
    ['+3', 300],
  ])('%j is %s fen', (text, n) => {
    expect(fen(text)).toBe(n)
  })
  it.each(['12,5', '一百万', '1.2.3', '12.345', '.', '.5', '元', '1,2.5'])('%j is no amount', (text) => {
    expect(fen(text)).toBeNull()
  })
  it.each([
    ['12.5', 12_500_000],
    ['1,200', 1_200_000_000],
    ['１２．５万元', 12_500_000],
    ['100 万', 100_000_000],
  ])('%j is %s fen in 万元', (text, n) => {
    expect(fen(text, 'wan')).toBe(n)
  })
  it('keeps what it cannot read, and calls it so', () => {
    for (const text of ['12.5x', '约120人', '12,5']) {
      expect(typed(text, whole)).toBe(text)
      expect(unread(typed(text, whole))).toBe(true)
    }
    for (const text of ['', '  ', '\u3000', '\u200b']) expect(typed(text, whole)).toBeNull()
    for (const text of ['0', '12', '1,200']) expect(unread(typed(text, whole))).toBe(false)
  })
  it('reads what is typed key by key at every step or keeps it', () => {
    for (const text of ['12.5', '1,200', '1,200.50', '１２００']) {
      for (let n = 1; n <= text.length; n++) {
        const value = typed(text.slice(0, n), (x) => fen(x))
        expect(typeof value === 'number' || value === text.slice(0, n)).toBe(true)
        expect(value).not.toBeNaN()
      }
      expect(typeof typed(text, (x) => fen(x))).toBe('number')
    }
  })
})
