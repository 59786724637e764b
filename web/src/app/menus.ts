// Who finds which door. Menus follow permissions: what is not listed here for a role is not shown to it, and a link
// to it says so. The
// server decides by itself.
import { may, type RecordSpec } from '@/api/records'
import { areaOf, type AreaName } from './areas'

/** Headings of the menus, in their order; what is declared and has no page of its own is business. */
export const GROUPS = ['first', 'work', 'firm', 'shelf', 'business', 'platform', 'me'] as const
export type Group = (typeof GROUPS)[number]

export interface MenuItem {
  area: AreaName
  path: string
  name: string
  roles: string[]
  /** Under which heading it stands; an area's first page stands above all. */
  group: Group
  /** Levels of platforms that have it; all if absent. */
  levels?: string[]
  /** The menu permission that a sub-account needs (schema/roles.yaml). */
  menu?: string
  /** Types of to-do that its badge counts (GET /workbench/counts). */
  badge?: string[]
}

const desk = ['platform_admin', 'reviewer']
const ours = ['owner', 'staff']

export const menus: MenuItem[] = [
  {
    area: 'desk',
    path: '/desk',
    name: 'todo',
    group: 'first',
    roles: desk,
    badge: [
      'entry_case',
      'listing',
      'listing_inspection',
      'identity_request',
      'supplement',
      'supplement_answered',
      'supplement_lapsed',
      'correction',
      'transfer',
    ],
  },
  {
    area: 'desk',
    path: '/desk/cases',
    name: 'cases',
    group: 'work',
    roles: desk,
    badge: ['entry_case', 'supplement_answered', 'supplement_lapsed'],
  },
  {
    area: 'desk',
    path: '/desk/listings',
    name: 'listingReview',
    group: 'work',
    roles: desk,
    badge: ['listing', 'listing_inspection'],
  },
  { area: 'desk', path: '/desk/institutions', name: 'certified', group: 'firm', roles: desk },
  {
    area: 'desk',
    path: '/desk/recommendations',
    name: 'recommendations',
    group: 'work',
    roles: desk,
    levels: ['city', 'county', 'cluster'],
    badge: ['supplement'],
  },
  {
    area: 'desk',
    path: '/desk/invitations',
    name: 'invitations',
    group: 'work',
    roles: desk,
    levels: ['province', 'park'],
  },
  { area: 'desk', path: '/desk/memberships', name: 'memberships', group: 'firm', roles: desk },
  { area: 'desk', path: '/desk/announcements', name: 'announcements', group: 'platform', roles: desk },
  { area: 'desk', path: '/desk/sync', name: 'sync', group: 'platform', roles: [...desk, 'system_admin'] },
  { area: 'desk', path: '/desk/figures', name: 'figures', group: 'platform', roles: desk },
  { area: 'desk', path: '/desk/staff', name: 'staff', group: 'platform', roles: ['system_admin', 'security_admin'] },
  {
    area: 'desk',
    path: '/desk/settings',
    name: 'settings',
    group: 'platform',
    roles: ['platform_admin', 'system_admin'],
  },
  { area: 'desk', path: '/desk/regions', name: 'regions', group: 'platform', roles: ['system_admin'] },
  {
    area: 'desk',
    path: '/desk/notices',
    name: 'notices',
    group: 'platform',
    roles: ['platform_admin', 'system_admin'],
  },
  { area: 'desk', path: '/desk/audit', name: 'audit', group: 'platform', roles: ['audit_admin'] },
  {
    area: 'center',
    path: '/center',
    name: 'overview',
    group: 'first',
    roles: ours,
    badge: ['supplement', 'correction', 'identity_request', 'listing_returned', 'qualification'],
  },
  {
    area: 'center',
    path: '/center/profile',
    name: 'profile',
    group: 'firm',
    roles: ours,
    menu: 'profile',
    badge: ['correction'],
  },
  {
    area: 'center',
    path: '/center/qualifications',
    name: 'qualifications',
    group: 'firm',
    roles: ours,
    menu: 'qualifications',
    badge: ['qualification'],
  },
  {
    area: 'center',
    path: '/center/platforms',
    name: 'platforms',
    group: 'firm',
    roles: ours,
    menu: 'applications',
    badge: ['supplement'],
  },
  { area: 'center', path: '/center/products', name: 'products', group: 'shelf', roles: ours, menu: 'products' },
  {
    area: 'center',
    path: '/center/matrix',
    name: 'matrix',
    group: 'shelf',
    roles: ours,
    menu: 'publish',
    badge: ['listing_returned'],
  },
  { area: 'center', path: '/center/statistics', name: 'statistics', group: 'shelf', roles: ours, menu: 'statistics' },
  {
    area: 'center',
    path: '/center/people',
    name: 'people',
    group: 'me',
    roles: ['owner'],
    badge: ['identity_request'],
  },
  { area: 'center', path: '/center/account', name: 'myAccount', group: 'me', roles: ours },
  { area: 'enterprise', path: '/enterprise', name: 'enterpriseHome', group: 'first', roles: ['enterprise'] },
  { area: 'enterprise', path: '/enterprise/profile', name: 'enterpriseProfile', group: 'me', roles: ['enterprise'] },
  { area: 'enterprise', path: '/enterprise/account', name: 'enterpriseAccount', group: 'me', roles: ['enterprise'] },
]

// Records that have pages of their own in an area, or a place on one. All others that the server declares appear
// there without a page being written.
const PAGED: Record<AreaName, string> = {
  desk:
    'accounts announcements api-keys applications attachments cases institutions invitations listings ' +
    'memberships notices products qualifications recommendations regions supplements',
  center:
    'accounts announcements api-keys applications attachments cases corrections identity-requests ' +
    'institutions invitations listings memberships messages notices products qualifications recommendations ' +
    'regions supplements transfers',
  enterprise: 'accounts api-keys attachments identity-requests institutions messages regions',
}
const paged = Object.fromEntries(Object.entries(PAGED).map(([area, names]) => [area, new Set(names.split(' '))]))

/** Whether a record's rows have their declared pages in this area. */
export const hasPages = (area: AreaName, spec: RecordSpec) => !paged[area]!.has(spec.plural) && may(spec, 'list')

/** The records of an area's menu. What stands under others is found there, but for those who stand on a side of its
 * own. */
export const recordsOf = (area: AreaName, specs: RecordSpec[]) =>
  specs.filter((s) => hasPages(area, s) && (!s.parent || s.sides?.some((side) => side.by && side.mine)))

type Session = { has(...roles: string[]): boolean; may(...menus: string[]): boolean }

/** What stands between somebody and a page: nothing, a role, a menu permission, or that this level of platform has
 * no such work. */
export function barrier(
  item: MenuItem | undefined,
  session: Session,
  level: string | undefined,
): '' | 'role' | 'menu' | 'level' {
  if (!item) return ''
  if (!session.has(...item.roles)) return 'role'
  if (item.menu && !session.may(item.menu)) return 'menu'
  return item.levels && level && !item.levels.includes(level) ? 'level' : ''
}

/** The item whose page, or a page below it, has this path; for what has none (records as they are declared), its
 * area. */
export function itemOf(path: string): MenuItem | undefined {
  const found = menus.find((m) => m.path === path || (m.path.split('/').length > 2 && path.startsWith(`${m.path}/`)))
  const area = areaOf(path)
  return (
    found ??
    (area && {
      area: area.name,
      path: area.path,
      name: menus.find((m) => m.path === area.path)!.name,
      roles: area.roles,
      group: 'first' as const,
    })
  )
}
