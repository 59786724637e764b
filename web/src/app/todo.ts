// What waits for somebody: what it is called, and the page where it is done. Special pages are named by their areas;
// everything else that is declared has its record's page.
import type { RecordSpec } from '@/api/records'
import type { Area, AreaName } from '@/app/areas'
import { pick, t, te } from '@/i18n'

export interface Todo {
  title?: string | null
  plural?: string | null
  type: string
  id: string
  name: string
  applicant: string | null
  step: string
  created_at: string
  due_on: string | null
  overdue: boolean
  claimed_by_me: boolean
}

const PLACES: Record<AreaName, Record<string, (id: string) => string>> = {
  desk: {
    entry_case: (id) => `/desk/cases/${id}`,
    listing: (id) => `/desk/listings/${id}`,
    listing_inspection: (id) => `/desk/listings/${id}`,
    identity_request: (id) => `/desk/records/identity-requests/${id}`,
    supplement: (id) => `/desk/supplements/${id}`,
    supplement_answered: () => '/desk/cases?phase=supplement',
    supplement_lapsed: () => '/desk/cases?phase=supplement',
    recommendation: (id) => `/desk/recommendations/${id}`,
    invitation: () => '/desk/invitations',
    transfer: () => '/desk/records/transfers',
    transfer_sent: () => '/desk/records/transfers',
    correction: (id) => `/desk/corrections/${id}`,
    correction_sent: (id) => `/desk/corrections/${id}`,
  },
  center: {
    correction: () => '/center/profile',
    supplement: () => '/center/platforms',
    listing_returned: () => '/center/matrix',
    listing_sent: () => '/center/matrix',
    qualification: () => '/center/qualifications',
    application: () => '/center/platforms',
    identity_request: () => '/center/people',
    transfer_sent: () => '/center/platforms',
  },
  enterprise: {},
}

/** The record that a kind of to-do is of: declared, or the longest name that it begins with. */
export function recordOf(type: string, specs: RecordSpec[]): RecordSpec | undefined {
  const declared = specs.find((s) => s.name === type) ?? specs.find((s) => s.todo?.some((x) => x.type === type))
  return declared ?? specs.filter((s) => type.startsWith(`${s.name}_`)).sort((a, b) => b.name.length - a.name.length)[0]
}

export function todoPlace(
  area: Area,
  item: { type: string; id: string; plural?: string | null },
  specs: RecordSpec[],
): string {
  const special = PLACES[area.name][item.type]
  if (special) return special(item.id)
  const plural = item.plural ?? recordOf(item.type, specs)?.plural
  return plural ? `${area.path}/records/${plural}/${item.id}` : area.path
}

export function todoWord(item: { type: string; title?: string | null }, specs: RecordSpec[]): string {
  if (te(`todo.${item.type}`)) return t(`todo.${item.type}`)
  const spec = recordOf(item.type, specs)
  const words = item.title || pick(spec?.todo?.find((x) => x.type === item.type)) || pick(spec) || item.type
  return words.charAt(0).toUpperCase() + words.slice(1)
}
