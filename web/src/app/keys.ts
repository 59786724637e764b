// Keys of one letter for what is done all day on a page. They are nobody's while a control has the focus (something is
// typed, or the key is the control's own) or a dialog is open, and whoever speaks to the machine, or whose hands
// tremble, switches them off for good (WCAG 2.1.4).
import { onMounted, onUnmounted, ref } from 'vue'

const OFF = 'qilian.keys'
function stored() {
  try {
    return localStorage.getItem(OFF) !== 'off'
  } catch {
    return true
  }
}
export const keysOn = ref(stored())
export function switchKeys(on: boolean) {
  keysOn.value = on
  try {
    if (on) localStorage.removeItem(OFF)
    else localStorage.setItem(OFF, 'off')
  } catch {
    /* private window: for this page */
  }
}

/** What answers to keys itself. */
const CONTROLS =
  'input, textarea, select, button, summary, a[href], [contenteditable], [role="listbox"], [role="menu"], ' +
  '[role="combobox"], [role="button"], dialog, [role="dialog"]'

/** Answers false when it had nothing to do. */
export type KeyDoes = () => void | false | Promise<void>
export function useKeys(keys: Record<string, KeyDoes>, held: () => boolean) {
  function press(event: KeyboardEvent) {
    if (!keysOn.value || event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey)
      return
    if (held() || document.querySelector('dialog[open]') || (event.target as HTMLElement).closest?.(CONTROLS)) return
    const does = keys[event.key.toLowerCase()]
    if (does && does() !== false) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', press))
  onUnmounted(() => window.removeEventListener('keydown', press))
}
