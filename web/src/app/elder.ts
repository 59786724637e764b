// Elder mode (适老化): larger type, kept across visits. A class on <html>, so that it works before any component.
import { ref } from 'vue'

const KEY = 'qilian.elder'
export const elder = ref(false)

export function setElderMode(on: boolean) {
  elder.value = on
  document.documentElement.classList.toggle('elder', on)
  try {
    localStorage.setItem(KEY, on ? '1' : '0')
  } catch {
    /* private window */
  }
}

export function restoreElderMode() {
  let on = false
  try {
    on = localStorage.getItem(KEY) === '1'
  } catch {
    /* private window */
  }
  if (on) setElderMode(true)
}
