// What a message is about, as a page of the area that it is read in.
import { may, type RecordSpec } from '@/api/records'
import type { Area } from './areas'
import { hasPages } from './menus'
import { todoPlace } from './todo'

/** Of the workbench: what has a page of its own there. */
const DESK: Record<string, string> = {
  entry_case: 'cases',
  listing: 'listings',
  recommendation: 'recommendations',
  institution: 'institutions',
  supplement: 'supplements',
  membership: 'memberships',
  identity_request: 'records/identity-requests',
  announcement: 'announcements',
}
/** Of the institution centre: where the matter is dealt with. */
const CENTER: Record<string, string> = {
  entry_case: 'platforms',
  application: 'platforms',
  membership: 'platforms',
  invitation: 'platforms',
  supplement: 'platforms',
  transfer: 'platforms',
  listing: 'matrix',
  product: 'products',
  qualification: 'qualifications',
  institution: 'profile',
  correction: 'profile',
  identity_request: 'people',
}

export function messagePlace(
  area: Area | undefined,
  about: { record_type?: unknown; record_id?: unknown },
  specs: RecordSpec[],
): string {
  const type = String(about.record_type ?? '')
  if (!area || !type) return ''
  if (type === 'workbench') return area.path
  const id = typeof about.record_id === 'string' ? about.record_id : ''
  if (area.name === 'desk' && DESK[type] && id) return `/desk/${DESK[type]}/${id}`
  if (area.name === 'center' && CENTER[type])
    return type === 'product' && id ? `/center/products/${id}` : `/center/${CENTER[type]}`
  const spec = specs.find((s) => s.name === type && hasPages(area.name, s) && may(s, 'get'))
  return spec && id ? todoPlace(area, { type, id, plural: spec.plural }, specs) : ''
}
