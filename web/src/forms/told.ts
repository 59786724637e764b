// A field's value in people's words: for what is only read, like the answers that are checked before they are sent.
import { yuan } from '@/app/money'
import { t } from '@/i18n'
import { optionsOf } from './options'
import type { FieldSpec } from './types'

/** '' where nothing is given. */
export function told(field: FieldSpec, value: unknown): string {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length)) return ''
  if (field.type === 'bool') return t(value ? 'form.yes' : 'form.no')
  if (field.type === 'money')
    return `${yuan(value as number, field.unit)} ${t(field.unit === 'wan' ? 'form.wan' : 'form.yuan')}`
  const options = optionsOf(field, value)
  const one = (v: unknown) => options?.find((o) => o.value === v)?.label ?? String(v)
  return Array.isArray(value) ? value.map(one).join('、') : one(value)
}
