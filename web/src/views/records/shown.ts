// What of a declared record is shown where: columns and filters of its list, lines of its page, the fields of its
// form. Nothing here knows a record by its name.
import { may, type ListedField, type RecordSpec, type Reference, type Row } from '@/api/records'
import type { FieldSpec, Rules, SectionSpec } from '@/forms/types'
import { valueIn } from '@/forms/values'

const NOT_LISTED = ['id', 'hash', 'json', 'blocks', 'object', 'file', 'longtext']
const NOT_TOLD = ['id', 'hash', 'json', 'blocks', 'object', 'file']
const NOT_TYPED = ['file', 'json', 'object', 'hash']
const TITLES = ['title', 'name', 'user_name', 'number', 'template']
const MOST_COLUMNS = 6

export const fieldOf = (spec: RecordSpec | undefined, name: string) => spec?.fields?.find((f) => f.name === name)

/** The half of a field in two languages that the reader does not want is not shown beside the one that they do. */
function otherHalf(spec: RecordSpec, field: FieldSpec, english: boolean) {
  if (field.name.endsWith('_en')) return !english && !!fieldOf(spec, field.name.slice(0, -3))
  return english && !!fieldOf(spec, `${field.name}_en`)
}

/** The record that an id leads to: declared as a reference, or told by the field's name ("institution_id"). */
export function targetOf(spec: RecordSpec, field: FieldSpec, specs: RecordSpec[]): RecordSpec | undefined {
  const declared =
    spec.refers?.find((r) => r.field === field.name)?.to ??
    (spec.parent?.by === field.name ? spec.parent.record : undefined)
  return specs.find((s) => s.name === (declared ?? field.name.replace(/_id$/, '')))
}

/** How an id is chosen: by the declared reference, or from the list of the record that its name tells of. */
export function referenceOf(spec: RecordSpec, field: FieldSpec, specs: RecordSpec[]): Reference | undefined {
  const declared = spec.refers?.find((r) => r.field === field.name)
  const target = targetOf(spec, field, specs)
  return declared ?? (target && may(target, 'list') ? { field: field.name, to: target.name } : undefined)
}

/** The field beside an id that says its name: taken by the reference, or called alike ("buyer_id", "buyer_name"). */
export function namedBy(spec: RecordSpec, field: FieldSpec): ListedField | undefined {
  const takes = spec.refers?.find((r) => r.field === field.name)?.takes ?? {}
  const taken = Object.entries(takes).find(([, theirs]) => TITLES.includes(theirs))?.[0]
  return fieldOf(spec, taken ?? field.name.replace(/_id$/, '_name'))
}

/** What tells rows apart comes first: names (but one's own, which all of them have), then what the list is asked by. */
function rank(spec: RecordSpec, field: FieldSpec): number {
  if (field.type === 'platform' || field.name.endsWith('_version')) return 4
  if (field.name.endsWith('_name')) {
    const by = field.name.replace(/_name$/, '_id')
    return spec.sides?.some((side) => side.by === by && side.mine) ? 4 : 0
  }
  if (spec.sorts.includes(field.name)) return 1
  return ['enum', 'term', 'money', 'date', 'time', 'region'].includes(field.type) ? 2 : 3
}

const listable = (spec: RecordSpec, english: boolean) =>
  (spec.fields ?? []).filter((f) => f.in_list && !NOT_LISTED.includes(f.type) && !otherHalf(spec, f, english))

/** What a list could show besides, for those who ask for it. */
export function spareOf(spec: RecordSpec, english: boolean): ListedField[] {
  const usual = columnsOf(spec, english)
  return listable(spec, english).filter((f) => !usual.includes(f))
}

export function columnsOf(spec: RecordSpec, english: boolean): ListedField[] {
  const shown = listable(spec, english)
  const first = TITLES.flatMap((n) => shown.filter((f) => f.name === n || f.name === `${n}_en`))[0] ?? shown[0]
  const rest = shown.filter((f) => f !== first)
  const best = [...rest].sort((a, b) => rank(spec, a) - rank(spec, b)).slice(0, MOST_COLUMNS - 1)
  return first ? [first, ...rest.filter((f) => best.includes(f))] : []
}

const given = (v: unknown) => v !== null && v !== undefined && v !== '' && !(Array.isArray(v) && !v.length)

/** What the platform's form adds to the record. */
const addedTo = (spec: RecordSpec): ListedField[] => (spec.form ?? []).flatMap((s) => s.fields).filter((f) => f.extra)

/** The same of a row: the half that the reader does not want, where the other one is there. */
function isSaidBeside(spec: RecordSpec, field: FieldSpec, row: Row, english: boolean) {
  const half = field.name.endsWith('_en') ? field.name.slice(0, -3) : `${field.name}_en`
  return otherHalf(spec, field, english) && given(row[half])
}

/** Lines of a row's page; ids whose name stands beside them are left out. */
export function linesOf(spec: RecordSpec, row: Row, english = false): ListedField[] {
  return [...(spec.fields ?? []), ...addedTo(spec)].filter((f) => {
    if (!given(valueIn(f, row)) || isSaidBeside(spec, f, row, english)) return false
    if (f.type !== 'id') return !NOT_TOLD.includes(f.type)
    const name = namedBy(spec, f)
    return !name || !given(row[name.name])
  })
}

/** Fields that an entry of the history tells of. */
export function changesOf(spec: RecordSpec, changes: Record<string, unknown> | null): ListedField[] {
  return Object.keys(changes ?? {})
    .map((name) => fieldOf(spec, name))
    .filter((f): f is ListedField => {
      if (!f) return false
      if (f.type === 'blocks') return true
      if (f.type !== 'id') return !NOT_TOLD.includes(f.type)
      const name = namedBy(spec, f)
      return !name || !(name.name in changes!)
    })
}

/** Amounts travel in fen and are typed in yuan: the control says so, the label need not. */
const clean = <F extends FieldSpec>(f: F): F => ({
  ...f,
  zh: f.zh.replace('（分）', ''),
  en: f.en.replace(/ \(fen\)/, ''),
})

export interface RecordForm {
  fields: FieldSpec[]
  sections: SectionSpec[]
  rules: Rules
}

/** What the caller may write, in the platform's form if it has one, else as declared. An id is typed only where a
 * picker can be made of it. */
export function formOf(spec: RecordSpec, specs: RecordSpec[], without: string[] = []): RecordForm {
  const typed = (f: FieldSpec) =>
    f.writable !== false &&
    !NOT_TYPED.includes(f.type) &&
    !without.includes(f.name) &&
    (f.type !== 'id' || !!referenceOf(spec, f, specs))
  const own = new Map((spec.fields ?? []).filter(typed).map((f) => [f.name, clean(f)]))
  const known = new Set((spec.fields ?? []).map((f) => f.name))
  const rules = { groups: spec.groups, compare: spec.compare }
  if (!spec.form?.length) return { fields: [...own.values()], sections: [], rules }
  // The platform's words and bounds over the record's; its extra fields beside them.
  const sections = spec.form
    .map((s) => ({
      ...s,
      fields: s.fields
        .filter((f) => own.has(f.name) || !known.has(f.name))
        .map((f) => clean({ ...own.get(f.name), ...f })),
    }))
    .filter((s) => s.fields.length)
  return {
    fields: sections.flatMap((s) => s.fields),
    sections: sections.map((s) => ({ zh: s.zh, en: s.en, fields: s.fields.map((f) => f.name) })),
    rules,
  }
}

/** Records that stand under this one. */
export const childrenOf = (spec: RecordSpec, specs: RecordSpec[]) => specs.filter((s) => s.parent?.record === spec.name)
