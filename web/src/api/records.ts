// What the server declares of every record: GET /meta, asked once a visit. With it a new record type needs no new page.
import { call, get } from './client'
import type { Choice, FieldSpec } from '@/forms/types'
import { pick } from '@/i18n'

export interface Transition {
  event: string
  zh: string
  en: string
  reason: 'none' | 'optional' | 'required'
  tone?: string | null
  confirm_zh?: string | null
  confirm_en?: string | null
  form?: FieldSpec[]
}
export interface ListedField extends FieldSpec {
  in_list?: boolean
  masked?: boolean
}
export interface RecordSpec {
  name: string
  plural: string
  zh: string
  en: string
  phases: Choice[]
  fields?: ListedField[]
  filters: string[]
  sorts: string[]
  default_sort: string | null
  endpoints: { name: string; verb: string; method: string; path: string }[]
  form?: { zh: string; en: string; fields: FieldSpec[] }[]
  lifecycle?: {
    initial: string
    steps: { name: string; zh: string; en: string; phase: string }[]
    transitions: (Transition & { open_to_me: boolean; from: string[]; to: string })[]
  }
}
export interface Row {
  id: string
  version: number
  phase?: string
  step?: string
  step_text?: string
  actions?: Transition[]
  created_at?: string
  [name: string]: unknown
}
export interface Moment {
  seq: number
  event: string
  text: string
  at: string
  actor: string | null
  reason: string | null
  changes: Record<string, unknown> | null
}

let asked: Promise<RecordSpec[]> | null = null
export function recordSpecs(again = false): Promise<RecordSpec[]> {
  if (again) asked = null
  asked ??= get<{ records: RecordSpec[] }>('/meta')
    .then((m) => m.records)
    .catch((error) => {
      asked = null
      throw error
    })
  return asked
}
export const specOf = async (plural: string) => (await recordSpecs()).find((r) => r.plural === plural)
export const may = (spec: RecordSpec | undefined, verb: string) => !!spec?.endpoints.some((e) => e.verb === verb)

/** Steps say a phase in the platform's own words; a phase of several steps takes the first. */
export function phaseWord(spec: RecordSpec, phase: string): string {
  const step = spec.lifecycle?.steps.find((s) => s.phase === phase)
  return step ? pick(step) : pick(spec.phases.find((p) => p.code === phase)) || phase
}

export const rowsOf = <T = Row>(plural: string, query: Record<string, string | number | boolean | undefined>) =>
  get<{ items: T[]; next: string | null; counts?: Record<string, Record<string, number>> }>(`/${plural}`, query)
export const rowOf = <T = Row>(plural: string, id: string) => get<T>(`/${plural}/${id}`)
export const historyOf = (plural: string, id: string) => get<{ items: Moment[] }>(`/${plural}/${id}/history`)
export const fire = (
  plural: string,
  row: { id: string; version: number },
  event: string,
  reason: string,
  form: object = {},
) => call(`/${plural}/${row.id}/events`, { body: { event, ...(reason ? { reason } : {}), ...form }, etag: row.version })
