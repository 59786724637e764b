// What the server declares of a record, as far as it concerns the one signed in: GET /meta, asked once a visit.
import { get } from './client'
import type { Choice, FieldSpec, SectionSpec } from '@/forms/types'

export interface RecordMeta {
  name: string
  plural: string
  zh: string
  en: string
  phases: Choice[]
  fields?: FieldSpec[]
  form?: { zh: string; en: string; fields: FieldSpec[] }[]
  readers?: Reader[]
}
/** A row of schema/readers.yaml. */
export interface Reader {
  who: string
  who_zh: string
  who_en: string
  sees: 'all' | 'copy' | 'part' | 'nothing'
  zh: string
  en: string
}
let asked: Promise<RecordMeta[]> | null = null

export async function recordMeta(name: string): Promise<RecordMeta | undefined> {
  asked ??= get<{ records: RecordMeta[] }>('/meta').then((m) => m.records)
  try {
    return (await asked).find((r) => r.name === name)
  } catch (error) {
    asked = null
    throw error
  }
}

/** Amounts travel in fen and are typed in yuan: the control says so, the label need not. */
const clean = (f: FieldSpec): FieldSpec =>
  f.type === 'money' ? { ...f, zh: f.zh.replace('（分）', ''), en: f.en.replace(/ \(fen\)/, '') } : f

/** The writable fields, in the platform's form if it has one, else in the sections that the page names. */
export function formOf(meta: RecordMeta, sections: SectionSpec[]): { fields: FieldSpec[]; sections: SectionSpec[] } {
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
