import { describe, expect, it } from 'vitest'
import { changeTo, differences } from '@/views/desk/parts/settings'

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
