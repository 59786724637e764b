// How a person set up the lists: columns, density, rows a page, views. Kept in this browser, for each account apart.
// Not drafts (app/draft.ts): nothing is lost with it but a convenience.
import { useSession } from '@/app/session'

const who = () => useSession().account?.id || 'visitor'
const key = (name: string) => `qilian.list.${who()}.${name}`

export function recall<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? 'null') as T | null
  } catch {
    return null // forbidden, or not readable any more
  }
}

/** null forgets. */
export function remember(name: string, value: unknown) {
  try {
    if (value === null) localStorage.removeItem(key(name))
    else localStorage.setItem(key(name), JSON.stringify(value))
  } catch {
    /* storage full or forbidden: it lasts as long as the page */
  }
}
