// The server writes the words of public pages into the HTML. They stay until the page of the scripts is drawn and has
// what it shows, so that nothing flickers and nobody looks at an empty page meanwhile.
import type { App } from 'vue'
import type { Router } from 'vue-router'
import { pending } from '@/api/client'

const PATIENCE_MS = 4000
const STEP_MS = 25
const QUIET_STEPS = 2

const wait = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** The route's code is there, and nothing that it asked for is under way. */
async function drawn(router: Router) {
  const until = Date.now() + PATIENCE_MS
  // A page whose code does not come is drawn as well: it says so (stuck.ts).
  await Promise.race([router.isReady().catch(() => undefined), wait(PATIENCE_MS)])
  for (let quiet = 0; quiet < QUIET_STEPS && Date.now() < until; quiet = pending.count ? 0 : quiet + 1)
    await wait(STEP_MS)
}

/** What somebody has typed before the scripts came goes with them. */
function typedIn(root: Element): (() => void) | undefined {
  const input = root.querySelector<HTMLInputElement>('input[type=search]')
  if (!input || (input !== document.activeElement && input.value === input.defaultValue)) return undefined
  const focused = input === document.activeElement
  return () => {
    const own = document.querySelector<HTMLInputElement>('main input[type=search]')
    if (!own) return
    own.value = input.value
    own.dispatchEvent(new Event('input'))
    if (focused) own.focus()
  }
}

export async function takeOver(app: App, router: Router) {
  const served = document.getElementById('app')!
  if (!served.firstElementChild) {
    app.mount(served)
    return
  }
  const own = document.createElement('div')
  own.id = 'app'
  app.mount(own)
  await drawn(router)
  const after = typedIn(served)
  served.replaceWith(own)
  after?.()
}
