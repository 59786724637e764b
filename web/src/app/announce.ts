// What happened, said where no page need be read again: to those who listen, and to the eye for a while (WCAG 4.1.3).
import { nextTick, ref } from 'vue'

/** Spoken; App.vue holds it in a region that is there from the beginning, or nobody would hear the first. */
export const spoken = ref('')
/** Shown at the edge of the page until it is closed or a while has passed. */
export const shown = ref('')

const SHOWN_MS = 8000
let timer: ReturnType<typeof setTimeout> | undefined

/** Says it; see: shows it as well. The same text twice is said twice. */
export async function announce(text: string, see = false) {
  spoken.value = ''
  await nextTick()
  spoken.value = text
  if (!see) return
  clearTimeout(timer)
  shown.value = text
  timer = setTimeout(() => {
    shown.value = ''
  }, SHOWN_MS)
}
