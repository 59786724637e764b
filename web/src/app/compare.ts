// Services that a visitor wants to see side by side: kept in the browser, of this platform alone.
import { ref } from 'vue'

export const COMPARE_MOST = 4
const KEY = 'qilian.compare'
const ID = /^[0-9a-f-]{36}$/

/** What was kept, whatever stands there. */
export function readCompared(text: string | null): string[] {
  try {
    const kept = JSON.parse(text ?? '[]') as unknown
    if (!Array.isArray(kept)) return []
    const ids = kept.filter((x): x is string => typeof x === 'string' && ID.test(x))
    return [...new Set(ids)].slice(0, COMPARE_MOST)
  } catch {
    return []
  }
}
function load() {
  try {
    return readCompared(localStorage.getItem(KEY))
  } catch {
    return []
  }
}
export const compared = ref<string[]>(load())
// Another tab chooses as well.
window.addEventListener('storage', (event) => {
  if (event.key === KEY) compared.value = load()
})

export function setCompared(ids: string[]) {
  compared.value = ids.slice(0, COMPARE_MOST)
  try {
    localStorage.setItem(KEY, JSON.stringify(compared.value))
  } catch {
    /* private window: it lasts for this page */
  }
}
export function toggleCompared(id: string) {
  setCompared(compared.value.includes(id) ? compared.value.filter((x) => x !== id) : [...compared.value, id])
}
