// A row as a form shows it, and a form as the API takes it. What a platform's form adds to a record lies in the row's
// `extra`.
import { isEmpty } from './rules'
import type { FieldSpec, FormValues } from './types'

type Row = Record<string, unknown>
export const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
const many = (f: FieldSpec) => f.type === 'list' || f.type === 'blocks'

/** One value of a row, wherever it lies. */
export const valueIn = (field: FieldSpec, row: Row | undefined) =>
  field.extra ? ((row?.extra ?? {}) as Row)[field.name] : row?.[field.name]

export const valuesOf = (fields: FieldSpec[], row?: Row): FormValues =>
  Object.fromEntries(fields.map((f) => [f.name, valueIn(f, row) ?? (many(f) ? [] : null)]))

/** For a new row: what was filled in. */
export function bodyOf(fields: FieldSpec[], values: FormValues): Row {
  const given = fields.filter((f) => !isEmpty(values[f.name]))
  const part = (extra: boolean) =>
    Object.fromEntries(given.filter((f) => !!f.extra === extra).map((f) => [f.name, values[f.name]]))
  return given.some((f) => f.extra) ? { ...part(false), extra: part(true) } : part(false)
}

/** For a row that there is: what was changed, null for what was emptied. Of what a form adds, all when any was. */
export function changesOf(fields: FieldSpec[], values: FormValues, before: FormValues): Row {
  const changed = fields.filter((f) => !same(values[f.name], before[f.name]))
  const entry = (f: FieldSpec) => [f.name, values[f.name] === '' ? null : values[f.name]]
  const out = Object.fromEntries(changed.filter((f) => !f.extra).map(entry)) as Row
  if (changed.some((f) => f.extra)) out.extra = Object.fromEntries(fields.filter((f) => f.extra).map(entry))
  return out
}

/** What was typed laid over a row that somebody else saved meanwhile. */
export const laidOver = (fields: FieldSpec[], fresh: Row, typed: FormValues, before: FormValues): FormValues => {
  const now = valuesOf(fields, fresh)
  const mine = fields.filter((f) => !same(typed[f.name], before[f.name])).map((f) => [f.name, typed[f.name]])
  return { ...now, ...Object.fromEntries(mine) }
}
