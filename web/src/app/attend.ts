// A page that is opened within the site is arrived at as if the browser had loaded it: the focus is on its heading,
// who listens hears its name, and who goes back finds the place that was left (WCAG 2.4.3, 4.1.3).
import { nextTick } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'
import { announce } from './announce'

const PATIENCE_MS = 4000
const STEP_MS = 50

/** Another filter, or a row that opens over its list, is no other page. */
export const samePage = (to: RouteLocationNormalized, from: RouteLocationNormalized) =>
  to.path === from.path || (!!to.meta.keep && to.name === from.name && to.params.plural === from.params.plural)

let turn = 0
/** Calls see every now and then until it answers something, or patience or the page has ended. */
async function wait<T>(see: () => T | null | undefined | false): Promise<T | null> {
  const mine = ++turn
  for (let passed = 0; passed <= PATIENCE_MS && mine === turn; passed += STEP_MS) {
    const found = see()
    if (found) return found
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS)
    })
  }
  return null
}

/** Where one was, once what is fetched has made the page as long as it was; as far as it goes, if it stays shorter. */
export async function whenTall(saved: { left: number; top: number }) {
  const root = document.documentElement
  let touched = false
  const touch = () => {
    touched = true
  }
  const moves = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const
  for (const name of moves) window.addEventListener(name, touch, { once: true, passive: true })
  for (let passed = 0; passed <= PATIENCE_MS && !touched; passed += STEP_MS) {
    if (root.scrollHeight - root.clientHeight >= saved.top) break
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS)
    })
  }
  for (const name of moves) window.removeEventListener(name, touch)
  return touched ? (false as const) : saved
}

/** Someone is elsewhere already: types, or has something open over the page. */
function busy() {
  const at = document.activeElement
  return !!at && at !== document.body && !!at.closest('input, textarea, select, dialog[open], .el-drawer')
}

export function attend(router: Router) {
  let opened = false
  router.afterEach(async (to, from, failure) => {
    // The first page has been loaded by the browser itself.
    const first = !opened
    opened = true
    if (failure || first || samePage(to, from)) return
    await nextTick()
    const before = document.title
    const heading = await wait(() => {
      const found = document.querySelector<HTMLElement>('#main h1')
      return found && found.getClientRects().length ? found : null
    })
    if (to.fullPath !== router.currentRoute.value.fullPath || busy()) return
    if (heading && !heading.hasAttribute('tabindex')) heading.tabIndex = -1
    ;(heading ?? document.getElementById('main'))?.focus({ preventScroll: true })
    await nextTick()
    announce(document.title || before)
  })
}
