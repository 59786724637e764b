// Where somebody was in a list, for when they come back to it by the browser's own buttons.
import { onBeforeUnmount, onMounted } from 'vue'
import { cameBack } from './arrival'

interface Seen {
  offset: number
  rows: number
  /** How far the table itself is scrolled. */
  box: number
}
interface Place extends Seen {
  /** How far the page is. */
  top: number
  search: string
}

/** More are not fetched for it. */
const ROWS_MOST = 1000
/** Within a component's setup. name: of the list, of which a page may have several. */
export function placeOf(name: string) {
  const path = location.pathname
  const key = `qilian.place.${name}.${path}`
  let back = cameBack()
  // By the time of leaving, the address is the next page's already.
  let search = location.search
  let top = 0
  function look() {
    if (location.pathname !== path) return
    search = location.search
    top = window.scrollY
  }
  onMounted(() => window.addEventListener('scroll', look, { passive: true }))
  onBeforeUnmount(() => window.removeEventListener('scroll', look))
  return {
    /** Once; null for whoever came by another way, or to other filters. */
    take(): Place | null {
      if (!back) return null
      back = false
      try {
        const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Place | null
        return kept?.search === location.search ? kept : null
      } catch {
        return null
      }
    },
    look,
    scroll(at: Place) {
      requestAnimationFrame(() => requestAnimationFrame(() => window.scrollTo(0, at.top)))
    },
    leave(seen: Seen) {
      look()
      const place: Place = { ...seen, rows: Math.min(seen.rows, ROWS_MOST), top, search }
      try {
        sessionStorage.setItem(key, JSON.stringify(place))
      } catch {
        /* a private window forgets */
      }
    },
  }
}
