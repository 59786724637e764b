// One declared record, by its name, and its fields as a form of sections.
import type { FieldSpec, SectionSpec } from '@/forms/types'
import { recordSpecs, type RecordSpec } from './records'

export const recordMeta = async (name: string) => (await recordSpecs()).find((r) => r.name === name)

/** Amounts travel in fen and are typed in yuan: the control says so, the label need not. */
const clean = (f: FieldSpec): FieldSpec =>
  f.type === 'money' ? { ...f, zh: f.zh.replace('（分）', ''), en: f.en.replace(/ \(fen\)/, '') } : f

/** The writable fields, in the platform's form if it has one, else in the sections that the page names. */
export function formOf(meta: RecordSpec, sections: SectionSpec[]): { fields: FieldSpec[]; sections: SectionSpec[] } {
  const writable = new Map((meta.fields ?? []).filter((f) => f.writable !== false).map((f) => [f.name, clean(f)]))
  if (meta.form?.length) {
    const fields = meta.form
      .flatMap((s) => s.fields)
      .filter((f) => writable.has(f.name) || !(meta.fields ?? []).some((x) => x.name === f.name))
      .map(clean)
    const known = new Set(fields.map((f) => f.name))
    return {
      fields,
      sections: meta.form
        .map((s) => ({ zh: s.zh, en: s.en, fields: s.fields.map((f) => f.name).filter((n) => known.has(n)) }))
        .filter((s) => s.fields.length),
    }
  }
  const named = sections
    .map((s) => ({ ...s, fields: s.fields.filter((n) => writable.has(n)) }))
    .filter((s) => s.fields.length)
  return { fields: named.flatMap((s) => s.fields).map((n) => writable.get(n)!), sections: named }
}
