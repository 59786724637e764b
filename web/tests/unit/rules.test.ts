import { describe, expect, it } from 'vitest'
import { check, isShown, place } from '@/forms/rules'
import type { FieldSpec } from '@/forms/types'

const field = (more: Partial<FieldSpec>): FieldSpec => ({ name: 'f', type: 'text', zh: '甲', en: 'A', ...more })
const t = (key: string, args?: Record<string, unknown>) => key + (args ? JSON.stringify(args) : '')
const fault = (more: Partial<FieldSpec>, value: unknown, others = {}) => check(field(more), { f: value, ...others }, t)

describe('rules of a form', () => {
  it('wants what is required, and only that', () => {
    for (const empty of [null, undefined, '', []]) {
      expect(fault({ required: true }, empty)).toBe('form.required')
      expect(fault({}, empty)).toBe('')
    }
    expect(fault({ required: true, type: 'bool' }, false)).toBe('')
  })
  it('counts characters as people do, also rare ones', () => {
    expect(fault({ max: 2 }, '𠮷𠮷')).toBe('')
    expect(fault({ max: 2 }, '𠮷𠮷𠮷')).toBe('form.long{"n":2}')
    expect(fault({ min: 3 }, '甲乙')).toBe('form.short{"n":3}')
  })
  it('tells bounds of money in yuan', () => {
    expect(fault({ type: 'money', min: 100 }, 99)).toBe('form.low{"n":1}')
    expect(fault({ type: 'uint', max: 5 }, 6)).toBe('form.high{"n":5}')
  })
  it('tells a number that cannot be read, and lets none of them pass', () => {
    for (const text of ['12.5x', '约120人', '一百', 'NaN', '１２．５', '12,5']) {
      expect(fault({ type: 'uint' }, text)).toBe('form.number')
      expect(fault({ type: 'int' }, text)).toBe('form.number')
      expect(fault({ type: 'money' }, text)).toBe('form.amount')
    }
    expect(fault({ type: 'money', required: true }, 0)).toBe('')
  })
  it('asks nothing of a field that is not shown', () => {
    const hidden = { required: true, show_if: { field: 'kind', eq: 'b' } }
    expect(fault(hidden, '', { kind: 'a' })).toBe('')
    expect(fault(hidden, '', { kind: 'b' })).toBe('form.required')
    expect(isShown(field({ hidden: true }), {})).toBe(false)
  })
  it("puts the server's faults at their fields, and what has none at the form", () => {
    const faults = [
      { pointer: '/a', code: 'x', zh: '甲错', en: 'A' },
      { pointer: '/a/0', code: 'x', zh: '又错', en: 'again' },
      { pointer: '/other', code: 'x', zh: '别处', en: 'else' },
    ]
    expect(place(faults, ['a', 'b'], 'zh')).toEqual({ a: '甲错 又错', '': '别处' })
    expect(place(faults, ['a'], 'en')['']).toBe('else')
  })
})
