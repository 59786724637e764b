import { call, get } from './client'

export interface PlatformRef {
  slug: string
  name: string
}
export interface Action {
  event: string
  zh: string
  en: string
  reason: 'none' | 'optional' | 'required'
  tone?: string
  confirm_zh?: string
  confirm_en?: string
  form?: unknown[]
}
export interface Condition {
  id: string
  group?: number
  zh: string
  en: string
  state: 'met' | 'failed' | 'relaxed' | 'not_stated' | 'judgement'
  mode?: string
  field?: string | null
  found?: string | null
  blocks?: boolean
  /** What its rules look at: beside which figure of the profile, and what that came to. */
  facts?: { field: string; beside: string; value: string | null }[]
  judged?: { by?: string; reason?: string; at?: string } | null
}
export type Verdict = 'met' | 'failed' | 'relaxed'

export interface CaseRow {
  id: string
  version: number
  number: string
  name: string
  uscc: string
  region_code: string
  home: PlatformRef | null
  ways: string
  phase: string
  step: string
  due_on: string | null
  overdue: boolean
  days_waiting: number
  claimed_by: string | null
  claimed_name: string | null
  claimed_until: string | null
  created_at: string
  unseen: boolean
}
export interface CaseQueue {
  items: CaseRow[]
  counts: { waiting: number; supplement: number; overdue: number; mine: number }
  next: string | null
  total?: number | null
  total_more?: boolean | null
}
export interface CaseSource {
  id: string
  way: string
  platform: PlatformRef | null
  from_name: string
  state: string
  opinion: string | null
  author: string | null
  received_at: string
  withdrawn_at: string | null
  dossier_hash: string
  dossier: Record<string, unknown> | null
}
export interface CaseMoment {
  event: string
  at: string
  by: string | null
  reason: string | null
  changed?: unknown
  what?: Supplemented | null
}
/** What an answered supplement changed: facts of the dossier and conditions, before and after. */
export interface Change {
  id: string
  zh: string
  en: string
  from: unknown
  to: unknown
}
export interface Supplemented {
  supplement?: { id?: string; item: string; answer: string; files: string[] }
  facts: Change[]
  conditions: Change[]
}
export interface Supplement {
  id: string
  addressee: string
  to_platform?: string | null
  item: string
  question: string
  answer: string | null
  state: string
  due_on: string | null
  asked_at: string
  answered_at: string | null
  answered_by: string | null
  version: number
}
export interface CaseDetail {
  case: CaseRow & {
    actions: Action[]
    step_text?: string
    dossier: Record<string, unknown>
    decision_reason: string | null
    decision_reason_en?: string | null
    decided_name: string | null
    decided_at: string | null
    institution_id: string
  }
  sources: CaseSource[]
  conditions: Condition[]
  supplements: Supplement[]
  changes: CaseMoment[]
  timeline: CaseMoment[]
  earlier: EarlierCase[]
}
export interface EarlierCase {
  id: string
  number: string
  phase: string
  ways: string
  created_at: string
  decided_at: string | null
  decided_name: string | null
  reason: string | null
  reason_en: string | null
}
/** Where a case stands in the list that one came from. position 0: it is in it no more. */
export interface CasePlace {
  position: number
  total: number
  left: number
  previous: { id: string; name: string; number: string } | null
  next: { id: string; name: string; number: string } | null
  again: boolean
}
export type CaseQuery = {
  phase?: string
  way?: string
  claimed?: string
  overdue?: boolean
  region?: string
  q?: string
  sort?: string
  cursor?: string
  offset?: number
  limit?: number
  total?: boolean
}

export const caseQueue = (query: CaseQuery) => get<CaseQueue>('/case-queue', query)
export const caseDetail = (id: string) => call<CaseDetail>(`/cases/${id}/detail`)
export const caseClaim = (id: string) => call(`/cases/${id}/claim`, { body: {} })
export const caseRelease = (id: string) => call(`/cases/${id}/release`, { body: {} })
export const caseFire = (id: string, version: number, event: string, reason: string, form: object = {}) =>
  call(`/cases/${id}/events`, { body: { event, ...(reason ? { reason } : {}), ...form }, etag: version })
export const caseJudge = (id: string, version: number, condition: string, result: string, reason: string) =>
  call(`/cases/${id}/judge`, { body: { condition, result, ...(reason ? { reason } : {}) }, etag: version })
export const caseJudgeAll = (
  id: string,
  version: number,
  items: { condition: string; result: Verdict; reason?: string }[],
) => call<{ version: number }>(`/cases/${id}/judgements`, { body: { items }, etag: version })
export const casePlace = (id: string, query: CaseQuery) => get<CasePlace>(`/cases/${id}/place`, query)
export const caseSupplement = (
  id: string,
  version: number,
  items: { addressee: string; item: string; question: string; to_platform?: string }[],
) => call(`/cases/${id}/supplement`, { body: { items }, etag: version })
interface Decided {
  results: { id: string; name?: string | null; phase?: string; problem?: { zh: string; en: string } | null }[]
}
export const caseDecide = (event: string, reason: string, items: { id: string; version: number }[]) =>
  call<Decided>('/cases/decide', { body: { event, ...(reason ? { reason } : {}), items } })
/** All that the queue's filter finds, if they are as many as were seen. */
export const caseDecideAll = (event: string, reason: string, seen: number, query: CaseQuery) =>
  call<Decided>('/cases/decide', { body: { event, ...(reason ? { reason } : {}), seen }, query })

export interface CertifiedRow {
  id: string
  version: number
  name: string
  uscc: string
  region_code: string
  home: PlatformRef | null
  standing: 'yes' | 'review' | 'no'
  review_by: { way: string; platform: PlatformRef | null; whose: 'mine' | 'city' | 'own' | 'invited' }[]
  reason: string | null
  recommendation_id: string | null
  recommendation_phase: string | null
  preflight: Preflight | null
  annual_income: number | null
  staff: number | null
  products_created: number
  products_listed: number
  actions: string[]
}
/** How an institution stands against the conditions where it would be recommended to. */
export interface Preflight {
  verdict: PreflightVerdict
  met: number
  judgement: number
  not_stated: number
  failed: number
  short: Condition[]
}
export const VERDICTS = ['ready', 'missing', 'failed', 'barred'] as const
export type PreflightVerdict = (typeof VERDICTS)[number]
export interface CertifiedPage {
  target: PlatformRef | null
  items: CertifiedRow[]
  counts: { yes: number; review: number; no: number; all: number } & Partial<Record<PreflightVerdict, number>>
  total: number
  next: string | null
}
/** The same of conditions one by one, as the form gets them. */
export function preflightOf(conditions: Condition[]): Preflight {
  const many = (...states: Condition['state'][]) => conditions.filter((c) => states.includes(c.state)).length
  const short = conditions.filter((c) => c.state === 'failed' || c.state === 'not_stated')
  const [not_stated, failed] = [many('not_stated'), many('failed')]
  return {
    verdict: short.some((c) => c.blocks) ? 'barred' : failed ? 'failed' : not_stated ? 'missing' : 'ready',
    met: many('met', 'relaxed'),
    judgement: many('judgement'),
    not_stated,
    failed,
    short,
  }
}
export interface RecommendInput {
  institution_id: string
  annual_income?: number | null
  insured_staff?: number | null
  qualified_staff?: number | null
  enterprises_served?: number | null
  reason?: string
}
export interface RecommendResult {
  institution_id: string
  id?: string
  state: string
  dossier_hash?: string
  problem?: {
    zh: string
    en: string
    errors?: { zh: string; en: string }[]
    fields?: { zh: string; en: string }[]
  } | null
  conditions?: Condition[]
}
export interface RecommendForm {
  form: Record<string, unknown>
  conditions: Condition[]
  previous: { reason?: string; decision_reason?: string } | null
}
export interface Progress {
  phase: string
  desk: string | null
  desk_en?: string | null
  days_waiting: number
  steps: { event: string; at: string; by: string | null; reason: string | null }[]
  supplements: Supplement[]
}

export const certified = (query: {
  region?: string
  standing?: string
  check?: string
  sort?: string
  q?: string
  cursor?: string
  offset?: number
  limit?: number
  total?: boolean
}) => get<CertifiedPage>('/certified-institutions', query)
export const recommendForm = (id: string) => get<RecommendForm>(`/certified-institutions/${id}/recommendation-form`)
export const preflight = (items: RecommendInput[]) =>
  call<{ results: RecommendResult[] }>('/recommendations/preflight', { body: { items } })
export const recommend = (body: RecommendInput, key: string) => call<RecommendResult>('/recommendations', { body, key })
export const recommendBatch = (items: RecommendInput[], key: string) =>
  call<{ results: RecommendResult[] }>('/recommendations/batch', { body: { items }, key })
export const withdraw = (id: string, reason: string) =>
  call(`/recommendations/${id}/withdraw`, { body: reason ? { reason } : {} })
export const progress = (id: string) => get<Progress>(`/recommendations/${id}/progress`)
