// Who is signed in on this platform. The server knows; this is a copy for showing the right doors.
import { defineStore } from '@/app/store'
import { ApiProblem, call, get } from '@/api/client'
import { kept } from '@/api/kept'
import { areaFor } from '@/app/areas'

export interface Account {
  id: string
  user_name: string
  name: string
  kind: 'staff' | 'institution' | 'enterprise' | 'visitor'
  roles: string[]
  institution_id?: string | null
  permissions?: string[] | null
  /** What must be done before anything else. */
  needs?: 'password' | 'totp' | null
}
export interface HomePlatform {
  slug: string
  name_zh: string
  name_en: string
}

export const useSession = defineStore({
  /** home: of a visitor, the platform where the account is registered. */
  state: () => ({ account: null as Account | null, home: null as HomePlatform | null, loaded: false }),
  getters: {
    /** Where this person works; none for visitors and guests. */
    area: (s) => areaFor(s.account?.roles ?? []),
    isInstitution: (s) => !!s.account && s.account.roles.some((r) => ['owner', 'staff'].includes(r)),
  },
  actions: {
    has(...roles: string[]) {
      return !!this.account && roles.some((r) => this.account!.roles.includes(r))
    },
    /** Whether the owner gave this account these parts of the work; nobody else's account is restricted. */
    may(...menus: string[]) {
      return !!this.account && (!this.account.permissions || menus.every((m) => this.account!.permissions!.includes(m)))
    },
    async load(again = false) {
      if (this.loaded && !again) return
      try {
        kept.specs = null
        const answer = await get<{ account: Account | null; home?: HomePlatform | null }>('/session')
        this.account = answer.account
        this.home = answer.home ?? null
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error
        this.account = null
      }
      this.loaded = true
    },
    async signOut() {
      try {
        await call('/auth/sign-out', { method: 'POST', body: {} })
      } catch {
        /* the session is gone either way */
      }
      kept.specs = null
      this.account = null
      this.home = null
    },
    /** The door behind which this person works. */
    door() {
      return this.area?.path ?? '/'
    },
  },
})
