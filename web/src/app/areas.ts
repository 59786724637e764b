// The three places behind the sign-in, and who works in which. Menus, routes, the way after signing in and the
// records' pages go by them.
export type AreaName = 'desk' | 'center' | 'enterprise'

export interface Area {
  name: AreaName
  path: string
  roles: string[]
  /** Who among them has a to-do; administrators of accounts and settings have none. */
  busy: string[]
  /** The portal's word for its door. */
  door: string
}

export const AREAS: Area[] = [
  {
    name: 'desk',
    path: '/desk',
    door: 'portal.desk',
    busy: ['platform_admin', 'reviewer'],
    roles: ['platform_admin', 'reviewer', 'system_admin', 'security_admin', 'audit_admin'],
  },
  { name: 'center', path: '/center', door: 'portal.center', busy: ['owner', 'staff'], roles: ['owner', 'staff'] },
  { name: 'enterprise', path: '/enterprise', door: 'portal.enterprise', busy: ['enterprise'], roles: ['enterprise'] },
]

/** The area that a path lies in; none for the portal. */
export const areaOf = (path: string) =>
  AREAS.find((area) => path === area.path || path.startsWith(`${area.path}/`) || path.startsWith(`${area.path}?`))

/** Where these roles work; none for visitors and guests. */
export const areaFor = (roles: string[]) => AREAS.find((area) => area.roles.some((role) => roles.includes(role)))
