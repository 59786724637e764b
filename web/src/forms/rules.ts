// Bounds that the server declares, so that most faults are told before anything is sent. What a mobile, a mailbox or
// a code is, only the server
// knows (core/text/mobile.h and its neighbours): it says so at the field.
import type { FieldFault } from '@/api/client'
import type { Faults, FieldSpec, FormValues } from './types'

export function isShown(field: FieldSpec, values: FormValues): boolean {
  return !field.hidden && (!field.show_if || String(values[field.show_if.field]) === field.show_if.eq)
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

type T = (key: string, args?: Record<string, unknown>) => string

export function check(field: FieldSpec, values: FormValues, t: T): string {
  const value = values[field.name]
  if (!isShown(field, values)) return ''
  if (isEmpty(value)) return field.required ? t('form.required') : ''
  if (typeof value === 'string' && ['text', 'longtext', 'secret'].includes(field.type)) {
    const length = [...value].length
    if (field.min !== undefined && length < field.min) return t('form.short', { n: field.min })
    if (field.max !== undefined && length > field.max) return t('form.long', { n: field.max })
  }
  if (['int', 'uint', 'money'].includes(field.type) && typeof value !== 'number')
    return t(field.type === 'money' ? 'form.amount' : 'form.number')
  if (typeof value === 'number') {
    const unit = field.unit === 'wan' ? 1_000_000 : field.type === 'money' ? 100 : 1
    if (field.min !== undefined && value < field.min) return t('form.low', { n: field.min / unit })
    if (field.max !== undefined && value > field.max) return t('form.high', { n: field.max / unit })
  }
  return ''
}

/** Faults of the server by field; what belongs to no field shown comes back under "". */
export function place(faults: FieldFault[], names: string[], lang: string): Faults {
  const out: Faults = {}
  for (const fault of faults) {
    const name = fault.pointer.split('/')[1] ?? ''
    const text = lang === 'en' ? fault.en : fault.zh
    const at = names.includes(name) ? name : ''
    out[at] = out[at] ? `${out[at]} ${text}` : text
  }
  return out
}
