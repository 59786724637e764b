import { describe, expect, it } from 'vitest'
import { changeTo, differences, filledIn, messagesOf, sideBySide } from '@/views/desk/parts/settings'

describe('changes of settings', () => {
  const inherited = { value: '0571-96871', inherited: '0571-96871', own: false }
  const own = { value: '0578-1', inherited: '0571-96871', own: true }
  it('tells nothing where nothing changes', () => {
    expect(changeTo('0571-96871', inherited)).toBeUndefined()
    expect(changeTo('0578-1', own)).toBeUndefined()
    expect(
      changeTo({ en: 'x', zh: '一' }, { value: { zh: '一', en: 'x', retired: false }, inherited: null, own: true }),
    ).toBeUndefined()
  })
  it('goes back to what is inherited when that is wanted', () => {
    expect(changeTo('0571-96871', own)).toEqual({ inherit: true })
    expect(changeTo(null, { value: 'a', inherited: null, own: true })).toEqual({ inherit: true })
  })
  it('sets a value, and removes what is inherited', () => {
    expect(changeTo('1', inherited)).toEqual({ value: '1' })
    expect(changeTo(null, inherited)).toEqual({ value: null })
    expect(changeTo(['b', 'a'], { value: ['a', 'b'], inherited: null, own: false })).toEqual({ value: ['b', 'a'] })
  })
})

describe('differences', () => {
  it('shows the lines that change', () => {
    expect(differences('a: 1\nb: 2\nc: 3\n', 'a: 1\nb: 4\nc: 3\nd: 5\n')).toEqual([
      { sign: '−', text: 'b: 2' },
      { sign: '+', text: 'b: 4' },
      { sign: '+', text: 'd: 5' },
    ])
    expect(differences('a\n', 'a\n')).toEqual([])
    expect(differences('a\nx: {}\n', 'a\nx: {}\n  y: 1\nx: {}\n').every((l) => l.sign === '+')).toBe(true)
  })
})

describe('side by side', () => {
  it('puts what is alike beside each other, and what is not on its own side', () => {
    expect(sideBySide('a\nb\nc', 'a\nx\ny\nc')).toEqual([
      { left: 'a', right: 'a', differs: false },
      { left: 'b', right: 'x', differs: true },
      { right: 'y', differs: true },
      { left: 'c', right: 'c', differs: false },
    ])
    expect(sideBySide('a\nb', 'a')).toEqual([
      { left: 'a', right: 'a', differs: false },
      { left: 'b', differs: true },
    ])
    expect(sideBySide('same', 'same').some((p) => p.differs)).toBe(false)
  })
})

describe('a letter with sample values', () => {
  it('fills in what it knows and shows what it does not', () => {
    expect(filledIn('{name}：{odd}', (v) => (v === 'name' ? '某机构' : undefined))).toBe('某机构：【odd】')
    expect(filledIn('{note}x', () => '')).toBe('x')
  })
  it('counts short messages', () => {
    expect([70, 71, 134, 135].map((n) => messagesOf('字'.repeat(n)))).toEqual([1, 2, 2, 3])
  })
})
