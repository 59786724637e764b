// A case's dossier as its reader goes through it: the sections of the form, each figure with the conditions that look
// at it, and what it was before.
import type { CaseDetail, CaseMoment, Condition } from '@/api/desk'
import type { ListedField, RecordSpec } from '@/api/records'
import { PROFILE } from '@/app/profile'
import type { FieldSpec } from '@/forms/types'
import { pick } from '@/i18n'

export interface DossierRow {
  field: FieldSpec
  value: unknown
  /** What the institution itself says where the recommending city says otherwise. */
  own?: unknown
  /** What it was before something changed it. */
  was?: unknown
  fresh: boolean
  conditions: Condition[]
}
export interface DossierSection {
  title: string
  rows: DossierRow[]
}
type Facts = Record<string, unknown>

const HEAD = new Set(['name', 'uscc', 'id', 'version', 'uscc_override', 'logo', 'home'])
const part = (detail: CaseDetail, name: string) => (detail.case.dossier?.[name] as Facts | undefined) ?? {}
const missing = (v: unknown) => v === undefined || v === null || v === ''

/** What was said before of each figure, the earliest of what is told; fresh: since the reader's last look. */
function earlier(moments: CaseMoment[]): Map<string, unknown> {
  const was = new Map<string, unknown>()
  for (const m of moments) for (const c of m.what?.facts ?? []) if (!was.has(c.id)) was.set(c.id, c.from)
  return was
}

function sectionsOf(meta: RecordSpec): { title: string; fields: FieldSpec[] }[] {
  if (meta.form?.length) return meta.form.map((s) => ({ title: pick(s), fields: s.fields }))
  const known = new Map((meta.fields ?? []).map((f) => [f.name, f]))
  return PROFILE.map((s) => ({
    title: pick(s),
    fields: s.fields.map((n) => known.get(n)).filter((f): f is ListedField => !!f),
  }))
}

export function dossierOf(detail: CaseDetail, meta: RecordSpec | undefined, profile: Facts, otherTitle: string) {
  const own: Facts = part(detail, 'institution')
  const extra = (own.extra as Facts | undefined) ?? {}
  const stated: Facts = part(detail, 'recommendation')
  const beside = new Map<string, Condition[]>()
  for (const c of detail.conditions) {
    const at = c.facts?.[0]?.beside ?? (c.state !== 'judgement' ? c.field : undefined)
    if (at) beside.set(at, [...(beside.get(at) ?? []), c])
  }
  const was = earlier(detail.timeline)
  const fresh = earlier(detail.changes)
  const placed = new Set<string>()
  const row = (field: FieldSpec): DossierRow | null => {
    if (placed.has(field.name) || HEAD.has(field.name)) return null
    const mine = own[field.name] ?? extra[field.name] ?? profile[field.name]
    const value = missing(stated[field.name]) ? mine : stated[field.name]
    const conditions = beside.get(field.name) ?? []
    if (!conditions.length && value === undefined) return null
    if (['file', 'json', 'blocks'].includes(field.type) || field.hidden) return null
    placed.add(field.name)
    return {
      field,
      value,
      own: !missing(stated[field.name]) && mine !== stated[field.name] ? (mine ?? null) : undefined,
      was: was.has(field.name) ? was.get(field.name) : undefined,
      fresh: fresh.has(field.name),
      conditions,
    }
  }
  const rowsOf = (fields: FieldSpec[]) => fields.map(row).filter((r): r is DossierRow => !!r)
  const sections: DossierSection[] = meta
    ? sectionsOf(meta)
        .map((s) => ({ title: s.title, rows: rowsOf(s.fields) }))
        .filter((s) => s.rows.length)
    : []
  const others = rowsOf((meta?.fields ?? []).filter((f) => !missing(own[f.name]) || beside.has(f.name)))
  if (others.length) sections.push({ title: otherTitle, rows: others })
  const shown = new Set(sections.flatMap((s) => s.rows.flatMap((r) => r.conditions.map((c) => c.id))))
  return { sections, loose: detail.conditions.filter((c) => !shown.has(c.id)) }
}

/** Those that nobody and nothing has settled. */
export const isOpen = (state: string) => state === 'judgement' || state === 'not_stated'
/** The facts fail what must be met: no reviewer's word changes that. */
export const isBarred = (c: Condition) => c.state === 'failed' && c.mode === 'bars' && !c.judged
