import { get } from './client'

export interface ServiceCard {
  id: string
  number: string
  name: string
  summary: string | null
  institution: { id: string; name: string }
  category: string | null
  region: string | null
  picture: string | null
  pricing: 'fixed' | 'range' | 'negotiable'
  price: number | null
  price_high: number | null
  price_unit: string | null
  published_at: string
}
export interface FacetCount {
  value: string
  count: number
}
export interface ServiceList {
  items: ServiceCard[]
  total: number
  next: string | null
  facets?: { category: FacetCount[]; region: FacetCount[]; industry: FacetCount[]; price: number[] }
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
export interface Provider {
  id: string
  name: string
  type?: string | null
  region?: string | null
  logo?: string | null
  service_phone?: string | null
  listings?: number | null
}
export interface ServiceDetail extends ServiceCard {
  institution: Provider
  description: Block[] | null
  pictures: string[]
  industries: string[]
  contact_phone: string | null
  views: number
}
export interface InstitutionCard {
  id: string
  name: string
  type: string
  region: string | null
  introduction: string | null
  listings: number
  logo: string | null
}
export interface InstitutionList {
  items: InstitutionCard[]
  total: number
  next: string | null
}
/** What an institution's score is made of; all null while nothing counts yet. */
export interface Score {
  score: string | null
  review_part: string | null
  reviews: number | null
  buyers: number | null
  completion_part: string | null
  done: number | null
  failed: number | null
  response_part: string | null
  answered: number | null
  prompt: number | null
  complaint_part: string | null
  taken: number | null
  upheld: number | null
}
export interface Review {
  id: string
  listing_name: string
  buyer_name: string
  score: number | null
  response_score: number | null
  quality_score: number | null
  time_score: number | null
  price_score: number | null
  text: string | null
  follow_up: string | null
  reply: string | null
  hidden_code: string | null
  shown_at: string | null
  follow_up_at: string | null
}
export interface Shop extends InstitutionCard {
  score: string | null
  uscc: string
  address: string | null
  service_phone: string | null
  website: string | null
  since: string | null
  home: { slug: string; name: { zh: string; en: string } } | null
  qualifications: { name: string; issuer: string | null; expires_on: string | null }[]
}
export interface Announcement {
  id: string
  title: string
  summary: string | null
  body?: Block[]
  published_at: string
}

export interface Figures {
  services: number
  institutions: number
  orders: number
  hot: ServiceCard[]
}

export type ServiceQuery = {
  q?: string
  category?: string
  industry?: string
  region?: string
  price_min?: number
  price_max?: number
  negotiable?: boolean
  institution?: string
  sort?: string
  cursor?: string
  limit?: number
  facets?: boolean
}

export const services = (query: ServiceQuery, signal?: AbortSignal) =>
  get<ServiceList>('/portal/listings', query, signal)
export const service = (id: string) => get<ServiceDetail>(`/portal/listings/${id}`)
export const institutions = (query: { q?: string; region?: string; type?: string; cursor?: string; limit?: number }) =>
  get<InstitutionList>('/portal/institutions', query)
export const figures = () => get<Figures>('/portal/home')
export const shop = (id: string) => get<Shop>(`/portal/institutions/${id}`)
export const scoreOf = (institution: string) => get<Score>(`/portal/institutions/${institution}/score`)
export const reviews = (query: { institution_id: string; cursor?: string; limit?: number }) =>
  get<{ items: Review[]; next: string | null }>('/portal/reviews', query)
export const announcements = (query: { cursor?: string; limit?: number }) =>
  get<{ items: Announcement[]; next: string | null }>('/portal/announcements', query)
export const announcement = (id: string) => get<Announcement>(`/portal/announcements/${id}`)
// A picture is reached through the record that shows it, never by itself.
export type PictureSize = 'small' | 'medium' | 'large'
export const picture = (record: string, id: string, size: PictureSize, of: 'listings' | 'announcements' = 'listings') =>
  `/api/v1/portal/${of}/${record}/pictures/${id}/${size}`
export const logo = (institution: string, size: PictureSize) =>
  `/api/v1/portal/institutions/${institution}/logo/${size}`
