// How the page that is shown was come to: by the browser's own way back, or by any other.
import type { Router } from 'vue-router'

// The router numbers the entries of the browser's history. Its guards run once the browser has moved, and before the
// page is set up: a listener of popstate would be told too late, when all of the next page is in memory already.
const position = () => (history.state as { position?: number } | null)?.position ?? 0
let at: number | null = null
let back = false

/** Whether the page that is now shown was gone back to. */
export const cameBack = () => back

export function watchBack(router: Router) {
  router.beforeResolve(() => {
    const now = position()
    // An entry that is replaced, or one that is opened, has not moved the browser yet.
    back = at !== null && now < at
  })
  router.afterEach((_to, _from, failure) => {
    if (!failure) at = position()
  })
}
