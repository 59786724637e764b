// Bounds that the server declares, so that most faults are told before anything is sent. What a mobile, a mailbox or
// a code is, only the server knows (core/text/mobile.h and its neighbours): it says so at the field.
import type { FieldFault } from '@/api/client'
import { pick } from '@/i18n'
import type { Comparison, Faults, FieldSpec, FormValues, Group, Rules } from './types'

export function isShown(field: FieldSpec, values: FormValues): boolean {
  return !field.hidden && (!field.show_if || String(values[field.show_if.field]) === field.show_if.eq)
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

type T = (key: string, args?: Record<string, unknown>) => string

function checkText(field: FieldSpec, value: string, t: T): string {
  const length = [...value].length
  if (field.min !== undefined && length < field.min) return t('form.short', { n: field.min })
  return field.max !== undefined && length > field.max ? t('form.long', { n: field.max }) : ''
}

function checkNumber(field: FieldSpec, value: number, t: T): string {
  const unit = field.unit === 'wan' ? 1_000_000 : field.type === 'money' ? 100 : 1
  if (field.min !== undefined && value < field.min) return t('form.low', { n: field.min / unit })
  return field.max !== undefined && value > field.max ? t('form.high', { n: field.max / unit }) : ''
}

function checkCount(field: FieldSpec, count: number, t: T): string {
  if (field.min !== undefined && field.min === field.max)
    return count === field.min ? '' : t('form.exactly', { n: field.min })
  if (field.min !== undefined && count < field.min) return t('form.atLeast', { n: field.min })
  return field.max !== undefined && count > field.max ? t('form.atMost', { n: field.max }) : ''
}

export function check(field: FieldSpec, values: FormValues, t: T): string {
  const value = values[field.name]
  if (!isShown(field, values)) return ''
  if (isEmpty(value)) return field.required ? t('form.required') : ''
  if (Array.isArray(value)) return field.type === 'list' ? checkCount(field, value.length, t) : ''
  if (typeof value === 'string' && ['text', 'longtext', 'secret'].includes(field.type))
    return checkText(field, value, t)
  if (['int', 'uint', 'money'].includes(field.type) && typeof value !== 'number')
    return t(field.type === 'money' ? 'form.amount' : 'form.number')
  return typeof value === 'number' ? checkNumber(field, value, t) : ''
}

const HOLDS: Record<string, (a: number | string, b: number | string) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}

const OP_WORDS: Record<string, string> = {
  '<': 'less',
  '<=': 'atMost',
  '>': 'more',
  '>=': 'atLeast',
  '=': 'equal',
  '!=': 'other',
}

function checkGroup(group: Group, fields: FieldSpec[], values: FormValues, t: T): string {
  const count = fields.filter((f) => !isEmpty(values[f.name])).length
  const { at_least: least, at_most: most } = group
  if (count >= least && count <= most) return ''
  const key = least === most ? 'form.groupExactly' : count < least ? 'form.groupLeast' : 'form.groupMost'
  return t(key, { n: count < least ? least : most, fields: fields.map((f) => pick(f)).join('、') })
}

function checkOrder({ op }: Comparison, [left, right]: FieldSpec[], values: FormValues, t: T): string {
  const a = values[left!.name],
    b = values[right!.name]
  if (!HOLDS[op] || isEmpty(a) || isEmpty(b) || typeof a !== typeof b) return ''
  return HOLDS[op](a as number, b as number) ? '' : t(`form.compare.${OP_WORDS[op]}`, { other: pick(right) })
}

/** What fields say together, told at the first of them that is shown; of what is not in this form the server judges. */
export function checkRules(rules: Rules, fields: FieldSpec[], values: FormValues, t: T): Faults {
  const out: Faults = {}
  function tell(names: string[], check: (of: FieldSpec[]) => string) {
    const of = names.map((n) => fields.find((f) => f.name === n)).filter((f): f is FieldSpec => !!f)
    const shown = of.find((f) => isShown(f, values))
    const fault = of.length === names.length && shown ? check(of) : ''
    if (fault) out[shown!.name] ??= fault
  }
  for (const group of rules.groups ?? []) tell(group.fields, (of) => checkGroup(group, of, values, t))
  for (const c of rules.compare ?? []) tell([c.left, c.right], (of) => checkOrder(c, of, values, t))
  return out
}

/** Faults of the server by field; what belongs to no field shown comes back under "". */
export function place(faults: FieldFault[], names: string[], lang: string): Faults {
  const out: Faults = {}
  for (const fault of faults) {
    const [, first = '', second] = fault.pointer.split('/')
    const name = first === 'extra' && second ? second : first // of what a platform's form adds
    const text = lang === 'en' ? fault.en : fault.zh
    const at = names.includes(name) ? name : ''
    out[at] = out[at] ? `${out[at]} ${text}` : text
  }
  return out
}
