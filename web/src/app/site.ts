// What this platform is: name, colours, contacts, its neighbours. One answer for the whole visit.
import { defineStore } from '@/app/store'
import { get } from '@/api/client'
import { brandShades, lay } from '@/app/colour'

export interface Bilingual {
  zh: string
  en: string
}
export interface Neighbour {
  slug: string
  name: Bilingual
  url: string
  level: string
  parent?: string | null
}
export interface Category {
  code: string
  zh: string
  en: string
  retired?: boolean | null
}
/** Those that can be chosen; one that a record has already stays with it. */
export const offered = (terms: Category[] | undefined, had: unknown = null) =>
  (terms ?? []).filter((c) => !c.retired || c.code === had || (Array.isArray(had) && had.includes(c.code)))
export interface Site {
  slug: string
  name: Bilingual
  level: string
  region: string
  demonstration: boolean
  branding: {
    primary?: string
    accent?: string
    logo?: string | null
    logo_text?: Bilingual
    slogan?: Bilingual
    footer?: Bilingual
  }
  contacts: {
    hotline?: string
    hours?: string
    administrator?: string
    administrator_phone?: string
    email?: string
    address?: Bilingual
  }
  network: Neighbour[]
  categories: Category[]
  industries: Category[]
  regions: { code: string; name: string; parent?: string | null }[]
  institution_types: Category[]
  organisation_types: Category[]
  qualifications: Category[]
  ways: string[]
  marks: {
    sponsor?: Bilingual | null
    operator?: Bilingual | null
    icp?: string | null
    police?: string | null
    site_code?: string | null
    privacy?: boolean
    accessibility?: boolean
  }
  /** Declared records of which visitors see some now. */
  open: { plural: string; zh: string; en: string }[]
  province?: Neighbour | null
}

/** The page that was opened first brings it along (tenants/portal/portal_page.c). */
function brought(): Site | null {
  try {
    return JSON.parse(document.getElementById('site')?.textContent ?? 'null') as Site | null
  } catch {
    return null
  }
}

export const useSite = defineStore({
  /** heading: what the page shown is about, if it is about one thing. */
  state: () => ({ site: null as Site | null, failed: false, heading: '' }),
  actions: {
    async load() {
      if (this.site) return this.site
      try {
        this.site = brought() ?? (await get<Site>('/portal/site'))
        lay(brandShades(this.site.branding.primary, this.site.branding.accent))
      } catch {
        this.failed = true
      }
      return this.site
    },
  },
})
