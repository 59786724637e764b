// When a page's code does not come: after a release its old name is gone, or the network is away. Never a click that
// does nothing.
import { ref } from 'vue'
import type { Router } from 'vue-router'

/** What could not be opened, and why; shown by App.vue until it can be. */
export const stuck = ref<{ to: string; why: 'network' | 'updated' } | null>(null)

const KEEP = 'qilian.reloaded'
const ONCE_MS = 60_000
const REACH_MS = 8000

/** Whether the server answers at all: a reload without it would only take away what is on the page. */
async function reachable() {
  try {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), REACH_MS)
    const answer = await fetch('/sign-in', { method: 'HEAD', cache: 'no-store', signal: stop.signal })
    clearTimeout(timer)
    return answer.status < 500
  } catch {
    return false
  }
}
/** A reload that was done for the same page a moment ago has not helped. */
function reloadedLately(to: string) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEEP) ?? 'null') as { to: string; at: number } | null
    return !!kept && kept.to === to && Date.now() - kept.at < ONCE_MS
  } catch {
    return false
  }
}
let arriving = false
/** Goes to a page by loading everything anew: once by itself, again only when asked. */
export async function arrive(to: string, asked = false) {
  arriving = true
  const why = !(await reachable()) ? 'network' : !asked && reloadedLately(to) ? 'updated' : null
  arriving = false
  if (why) {
    stuck.value = { to, why }
    return
  }
  try {
    sessionStorage.setItem(KEEP, JSON.stringify({ to, at: Date.now() }))
  } catch {
    /* then it may reload once more */
  }
  location.assign(to)
}

export function watchArrivals(router: Router) {
  router.onError((_error, to) => {
    arrive(to.fullPath)
  })
  router.afterEach((_to, _from, failure) => {
    if (!failure) stuck.value = null
  })
  // What a page fetches for itself later (a dialog, a chart): said, and left to the person, whose work is on the page.
  window.addEventListener('vite:preloadError', () =>
    setTimeout(() => {
      if (!arriving)
        stuck.value ??= {
          to: location.pathname + location.search + location.hash,
          why: navigator.onLine ? 'updated' : 'network',
        }
    }),
  )
}
