// The institution centre's words with the server: shapes as schema/records and the handlers give them.
import { call, get, type FieldFault } from './client'
import type { Condition, Supplement } from './desk'

export interface Page<T> {
  items: T[]
  next: string | null
}
export interface Institution {
  id: string
  version: number
  uscc: string
  name: string
  type: string
  editable: boolean
  home: string
  home_name: string
  memberships: { platform: string; phase: string }[]
  [field: string]: unknown
}
export interface Qualification {
  id: string
  version: number
  kind: string
  name: string
  number: string | null
  issuer: string | null
  issued_on: string | null
  expires_on: string | null
}
export interface Attachment {
  id: string
  purpose: string
  file_name: string
  media_type: string
  size: number
  picture: boolean
}
export interface Membership {
  id: string
  version: number
  home: string
  phase: string
  way: string | null
  reason: string | null
  reason_en?: string | null
  since: string | null
  until: string | null
}
export interface Application {
  id: string
  version: number
  phase: string
  to_platform: string
  way: string
  desk: string | null
  reason: string | null
  reason_en?: string | null
  sent_at: string
  decided_at: string | null
}
export const OPEN_APPLICATION = ['sent', 'waiting', 'supplement', 'withdrawing']
export interface JoinOption {
  platform: string
  name: string
  level: string
  region_code: string
  standing: string | null
  reason: string | null
  way: string | null
  by_invitation: boolean
  why_not: string | null
}
export interface JoinOptions {
  platforms: JoinOption[]
  guidance: { text: string; platforms: JoinOption[] } | null
}
export interface ApplyResult {
  id?: string
  phase: string
  conditions: Condition[] | null
}
export interface Progress {
  phase: string
  desk: string | null
  days_waiting: number
  steps: { event: string; at: string; by: string | null; reason: string | null }[]
  supplements: Supplement[]
}
export interface Fault {
  code: string
  zh: string
  en: string
  fields?: FieldFault[]
}
export type Override = { name?: string; price?: number; price_high?: number; summary?: string; contact_phone?: string }
export interface Cell {
  state: string
  listing: string | null
  live: boolean
  live_version: number
  pending_version: number
  opinion: string | null
  ended_by: string | null
  sent_at: string | null
  decided_at?: string | null
  overrides?: Override
  actions: ('publish' | 'differ' | 'delist')[]
}
export interface MatrixRow {
  id: string
  number: string
  name: string
  version: number
  phase: string
  listed: number
  pricing: string
  price?: number
  price_high?: number
  price_unit?: string | null
  created_at: string
  draft: boolean
  cells: Record<string, Cell>
}
export interface MatrixPlatform {
  slug: string
  name: string
  member: boolean
  reviews_first: boolean
}
export interface Matrix {
  platforms: MatrixPlatform[]
  products: MatrixRow[]
  next: string | null
  counts?: Record<string, number> | null
}
/** What saving and publishing would do on a platform; absent where it does not apply. */
export type Foreseen = 'same' | 'shown' | 'inspected' | 'partly' | 'reviewed' | 'kept'
export interface Check {
  slug: string
  name: string
  member: boolean
  live: boolean
  state?: string | null
  save?: Foreseen
  publish?: Foreseen
}
export interface ProductDraft {
  version: number
  base: number
  changes: Record<string, unknown>
  saved_name: string | null
  updated_at: string
}
export interface Outcome {
  product: string
  platform: string | null
  state: string
  problem: Fault | null
}
export interface Block {
  type: 'heading' | 'paragraph' | 'quote' | 'list' | 'image' | 'divider' | 'table' | 'link'
  text?: string
  level?: number
  items?: string[]
  ordered?: boolean
  file?: string
  caption?: string
  rows?: string[][]
  header?: boolean
  url?: string
}
export interface Product {
  id: string
  version: number
  phase: string
  number: string
  name: string
  category: string
  industries: string[] | null
  region_code: string | null
  pricing: string
  price: number | null
  price_high: number | null
  price_unit: string | null
  summary: string | null
  description: Block[] | null
  pictures: { id: string; size: string }[] | null
  contact_phone: string | null
  listed: number
  created_at: string
}
export interface Listing {
  id: string
  home: string
  product_id: string
  product_number: string
  name: string
  live: boolean
  phase: string
  views: number
  published_at: string | null
}
export interface SubAccount {
  id: string
  user_name: string
  name: string
  mobile: string | null
  email: string | null
  role: string
  permissions: string | null
  state: string
}

export const institution = () => call<Institution>('/institution')
export const saveInstitution = (id: string, version: number, changes: object) =>
  call<Institution>(`/institutions/${id}`, { method: 'PATCH', body: changes, etag: version })
export const list = <T>(path: string, query: Record<string, string | number | boolean | undefined> = {}) =>
  get<Page<T>>(path, query)

export const files = (record: string, id: string) =>
  get<Page<Attachment>>('/attachments', { record_type: record, record_id: id })
export const fileUrl = (id: string, size?: 'small' | 'medium' | 'large') =>
  `/api/v1/attachments/${id}/content${size ? `?size=${size}` : ''}`
export const upload = async (record: string, id: string, purpose: string, file: File) =>
  (
    await call<Attachment>('/attachments', {
      method: 'PUT',
      file,
      query: { record_type: record, record_id: id, purpose, file_name: file.name },
    })
  ).data
export const removeFile = (id: string) => call(`/attachments/${id}`, { method: 'DELETE' })

export const joinOptions = () => get<JoinOptions>('/join-options')
export const checkApplication = async (platform: string) =>
  (await call<ApplyResult>('/applications/check', { body: { platform } })).data
export const apply = (platform: string, statement: string, key: string) =>
  call<ApplyResult>('/applications', { body: { platform, consent: true, ...(statement ? { statement } : {}) }, key })
export const applicationProgress = (id: string) => get<Progress>(`/applications/${id}/progress`)
export const withdrawApplication = (id: string, reason: string) =>
  call(`/applications/${id}/withdraw`, { body: reason ? { reason } : {} })
export const answerSupplement = (id: string, answer: string, figures: Record<string, number> = {}) =>
  call(`/supplements/${id}/answer`, { body: { answer, ...figures } })
export const leave = (id: string, reason: string) =>
  call(`/memberships/${id}/leave`, { body: reason ? { reason } : {} })
export const redeem = (code: string, platform: string, key: string) =>
  call<{ state: string; platform: string }>('/invitations/redeem', {
    body: { code, consent: true, ...(platform ? { platform } : {}) },
    key,
  })
/** Tells the platform that a code came from has been seen; the answer is the same whatever the code. */
export const opened = (code: string) => call('/invitations/opened', { body: { code } })
export const askAgain = (platform: string) => call('/invitations/request-again', { body: platform ? { platform } : {} })
export const handOff = async (to: string, path: string) =>
  (await call<{ url: string }>('/auth/hand-off', { body: { to, return_path: path } })).data.url

export const matrix = (query: {
  q?: string
  state?: string
  platform?: string
  counts?: boolean
  cursor?: string
  limit?: number
}) => get<Matrix>('/publication-matrix', query)
export const checkProduct = async (product: string, changes: object) =>
  (await call<{ platforms: Check[] }>('/products/check', { body: { ...(product ? { product } : {}), changes } })).data
    .platforms
export const draftOf = async (id: string) => (await get<{ draft: ProductDraft | null }>(`/products/${id}/draft`)).draft
export const saveDraft = async (id: string, changes: object, version: number) =>
  (await call<{ draft: ProductDraft }>(`/products/${id}/draft`, { body: { changes, version } })).data.draft
export const discardDraft = (id: string, version: number) =>
  call(`/products/${id}/draft/discard`, { body: { version } })
export const publishDraft = (id: string, version: number, etag: number) =>
  call<Product>(`/products/${id}/draft/publish`, { body: { version }, etag })
export const publish = async (
  products: string[],
  platforms: string[],
  overrides: (Override & { product: string; platform: string })[],
  key: string,
) =>
  (
    await call<{ results: Outcome[] }>('/products/publish', {
      body: { products, platforms, ...(overrides.length ? { overrides } : {}) },
      key,
    })
  ).data.results
export const delist = async (products: string[], platforms: string[], reason: string) =>
  (
    await call<{ results: Outcome[] }>('/products/delist', {
      body: { products, platforms, ...(reason ? { reason } : {}) },
    })
  ).data.results
export const deleteProduct = (id: string) => call(`/products/${id}/delete`, { body: {} })
export const copyProduct = async (id: string) => (await call<{ id: string }>(`/products/${id}/copy`, { body: {} })).data
