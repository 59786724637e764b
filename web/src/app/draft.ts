// Unsaved work is never lost: a form is kept in the browser at every change, per account and form, until it is sent.
import { onMounted, ref, watch, type Ref } from 'vue'
import { useSession } from '@/app/session'

const WAIT_MS = 400
const KEEP_MS = 30 * 24 * 3600 * 1000

export function useDraft<T extends object>(name: string, form: Ref<T>) {
  const session = useSession()
  const key = () => `qilian.draft.${session.account?.id ?? 'visitor'}.${name}`
  const restored = ref(false)
  const savedAt = ref<Date | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let paused = true

  function save() {
    try {
      localStorage.setItem(key(), JSON.stringify({ at: Date.now(), form: form.value }))
      savedAt.value = new Date()
    } catch { /* storage full or forbidden: the page itself still holds it */ }
  }
  function clear() {
    clearTimeout(timer)
    try { localStorage.removeItem(key()) } catch { /* as above */ }
    restored.value = false
    savedAt.value = null
  }
  /** Lays what was kept over what the server gave. */
  function restore() {
    try {
      const kept = JSON.parse(localStorage.getItem(key()) ?? 'null') as { at: number; form: T } | null
      if (kept && Date.now() - kept.at < KEEP_MS) {
        Object.assign(form.value, kept.form)
        restored.value = true
        savedAt.value = new Date(kept.at)
      }
    } catch { /* nothing kept, or not readable */ }
    paused = false
  }
  onMounted(() => { window.addEventListener('pagehide', () => { if (timer) save() }) })
  watch(form, () => {
    if (paused) return
    clearTimeout(timer)
    timer = setTimeout(save, WAIT_MS)
  }, { deep: true })
  return { restored, savedAt, restore, clear, save }
}
