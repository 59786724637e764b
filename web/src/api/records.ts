// What the server declares of every record: GET /meta, asked once a visit. With it a new record type needs no new page.
import { call, get, type ProblemBody } from './client'
import type { Choice, Comparison, FieldSpec, Group } from '@/forms/types'
import { kept } from './kept'
import { pick } from '@/i18n'

export interface Transition {
  event: string
  zh: string
  en: string
  reason: 'none' | 'optional' | 'required'
  tone?: string | null
  confirm_zh?: string | null
  confirm_en?: string | null
  /** The record must be complete: what was written as a draft is handed in. */
  complete?: boolean
  form?: FieldSpec[]
  groups?: Group[]
  compare?: Comparison[]
}
export interface ListedField extends FieldSpec {
  in_list?: boolean
  masked?: boolean
}
/** Files of a row that are for one thing. open_to_me: whether the caller may add some at all, in these phases. */
export interface FilePurpose {
  purpose: string
  zh?: string
  en?: string
  kinds: string[]
  most: number
  megabytes: number
  phases: string[]
  open_to_me: boolean
}
/** Who stands on one side of its rows; by: the field that says so, none where the parent's row does. */
export interface Side {
  name: string
  zh: string
  en: string
  by: string | null
  mine: boolean
  /** Whoever has these roles stands there while its rows are open to all of them. */
  anybody?: boolean
  roles?: string[]
}
/** What it stands under. phases: those of the parent in which a verb is open, where they are said. */
export interface Parent {
  record: string
  plural: string
  by: string
  phases?: Partial<Record<string, string[]>>
}
/** A field that names a row of another record; takes: own field from theirs. */
export interface Reference {
  field: string
  to: string
  takes?: Record<string, string>
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
/** What is kept count of: the numbers that this caller may read. */
export interface Counter {
  name: string
  path: string
  per: string[]
  by: string | null
  sum: string | null
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
  /** phases: those in which it may be used; all without. */
  endpoints: { name: string; verb: string; method: string; path: string; under?: boolean; phases?: string[] }[]
  form?: { zh: string; en: string; fields: FieldSpec[] }[]
  groups?: Group[]
  compare?: Comparison[]
  sides?: Side[]
  readers?: Reader[]
  parent?: Parent | null
  refers?: Reference[]
  files?: FilePurpose[]
  /** What people who are signed in make under its rows, for those who are not. */
  deeds?: { zh: string; en: string }[]
  /** The names under which its rows wait for people. */
  todo?: { type: string; zh: string; en: string }[]
  counts?: Counter[]
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

export function recordSpecs(): Promise<RecordSpec[]> {
  kept.specs ??= get<{ records: RecordSpec[] }>('/meta')
    .then((m) => m.records)
    .catch((error) => {
      kept.specs = null
      throw error
    })
  return kept.specs as Promise<RecordSpec[]>
}
export const specOf = async (plural: string) => (await recordSpecs()).find((r) => r.plural === plural)
export const may = (spec: RecordSpec | undefined, verb: string) => !!spec?.endpoints.some((e) => e.verb === verb)

/** Whether the caller may do this to a row where it stands now; whose row it is the server decides. */
export function allowed(spec: RecordSpec, verb: string, row: Row): boolean {
  const phases = spec.endpoints.find((e) => e.verb === verb)?.phases
  return may(spec, verb) && (!phases?.length || phases.includes(row.phase ?? ''))
}

/** Whether the caller may make a child of this row now. */
export function bears(child: RecordSpec, row: Row): boolean {
  const phases = child.parent?.phases?.create
  return may(child, 'create') && (!phases?.length || phases.includes(row.phase ?? ''))
}
/** Where the children of a row are listed and made. */
export const under = (child: RecordSpec, id: string) => `${child.parent!.plural}/${id}/${child.plural}`

/** Steps say a phase in the platform's own words; a phase of several steps takes the first. */
export function phaseWord(spec: RecordSpec, phase: string): string {
  const step = spec.lifecycle?.steps.find((s) => s.phase === phase)
  return step ? pick(step) : pick(spec.phases.find((p) => p.code === phase)) || phase
}

export const rowsOf = <T = Row>(plural: string, query: Record<string, string | number | boolean | undefined>) =>
  get<{
    items: T[]
    next: string | null
    counts?: Record<string, number>
    total?: number
    total_more?: boolean
  }>(`/${plural}`, query)
export const rowOf = <T = Row>(plural: string, id: string) => get<T>(`/${plural}/${id}`)
export const historyOf = (plural: string, id: string) => get<{ items: Moment[] }>(`/${plural}/${id}/history`)
export const fire = (
  plural: string,
  row: { id: string; version: number },
  event: string,
  reason: string,
  form: object = {},
) => call(`/${plural}/${row.id}/events`, { body: { event, ...(reason ? { reason } : {}), ...form }, etag: row.version })

export interface Moved {
  results: {
    id: string
    version: number | null
    phase: string | null
    step_text: string | null
    problem: ProblemBody | null
    row: Row | null
  }[]
  done: number
  failed: number
}
/** One event on several rows: on those named, or on all that the filter of the list finds, if they are as many as were
 * seen. */
export const fireMany = (
  plural: string,
  event: string,
  form: object,
  rows: { items: { id: string; version: number }[] } | { seen: number; query: Record<string, string | undefined> },
) =>
  'items' in rows
    ? call<Moved>(`/${plural}/events`, { body: { event, form, items: rows.items } })
    : call<Moved>(`/${plural}/events`, { body: { event, form, seen: rows.seen }, query: rows.query })

export interface Choosable {
  id: string
  name: string
  more?: string
}
// Shelf and members are shown to visitors by lists written for them; of all other records a declaration says it.
const PUBLIC: Record<string, string> = { listing: '/portal/listings', institution: '/portal/institutions' }
const CHOICES = 20
const API = '/api/v1'

/** Where a caller finds rows of a record: its own list, or that of visitors. */
function listOf(refer: Reference, target: RecordSpec | undefined): { path: string; own: boolean } | undefined {
  if (target && may(target, 'list')) return { path: `/${target.plural}`, own: true }
  const open = target?.endpoints.find((e) => e.verb === 'public_list')
  const path = open ? open.path.slice(API.length) : PUBLIC[refer.to]
  return path ? { path, own: false } : undefined
}

/** Rows that a reference could name, by words: of the record's list, or of the public's. */
export async function choicesOf(refer: Reference, target: RecordSpec | undefined, words: string): Promise<Choosable[]> {
  const list = listOf(refer, target)
  if (!list) return []
  const searches = PUBLIC[refer.to] && !list.own ? true : target?.filters.includes('q')
  const q = words.trim() && searches ? words.trim() : undefined
  const { items } = await get<{ items: Row[] }>(list.path, { q, limit: CHOICES })
  const named = items.map((r) => ({ id: r.id, name: nameOfRow(target, r), more: aside(r) }))
  const found = named.filter((c) => c.name)
  return q || !words.trim() ? found : found.filter((c) => c.name.includes(words.trim()))
}
/** One that is named already, by an address that led here. */
export async function choiceOf(
  refer: Reference,
  target: RecordSpec | undefined,
  id: string,
): Promise<Choosable | null> {
  const list = listOf(refer, target)
  if (!list) return null
  const row = await get<Row>(`${list.path}/${id}`)
  return { id, name: nameOfRow(target, row), more: aside(row) }
}
/** What tells rows of one name apart. */
function aside(row: Row): string {
  const by = row.institution as { name?: string } | undefined
  return String(by?.name ?? row.institution_name ?? row.number ?? row.uscc ?? '')
}

const NAMES = ['name', 'title', 'user_name', 'number', 'subject']
/** What a row is called, by its fields alone. */
export function nameOfRow(spec: RecordSpec | undefined, row: Row | null | undefined, english = false): string {
  if (!row) return ''
  const order = english ? NAMES.flatMap((n) => [`${n}_en`, n]) : NAMES
  const known = order.find((n) => typeof row[n] === 'string' && row[n])
  // A template is a code: pages have words for it, which its column says.
  const text = spec?.fields?.find(
    (f) => f.type === 'text' && f.name !== 'template' && typeof row[f.name] === 'string' && row[f.name],
  )
  const name = String(known ? row[known] : text ? row[text.name] : '')
  // A number alone says little beside what it is the number of.
  const of = (spec?.refers ?? []).flatMap((r) => Object.keys(r.takes ?? {}).filter((own) => r.takes![own] === 'name'))
  const what = known === 'number' ? of.map((own) => row[own]).find(Boolean) : ''
  return what ? `${String(what)} ${name}` : name
}
