// Unsaved work is never lost: a form is kept in the browser at every change, per account and form, until it is sent.
import { nextTick, onMounted, onUnmounted, ref, watch, type Ref } from 'vue'
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
    } catch {
      /* storage full or forbidden: the page itself still holds it */
    }
  }
  /** What the page itself writes into the form, before or after, is nobody's unsaved work. */
  function rest() {
    paused = true
    nextTick(() => {
      paused = false
    })
  }
  function clear() {
    clearTimeout(timer)
    try {
      localStorage.removeItem(key())
    } catch {
      /* as above */
    }
    restored.value = false
    savedAt.value = null
    timer = undefined
    rest()
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
    } catch {
      /* nothing kept, or not readable */
    }
    rest()
  }
  const leaving = () => {
    if (timer) save()
  }
  onMounted(() => window.addEventListener('pagehide', leaving))
  onUnmounted(() => {
    window.removeEventListener('pagehide', leaving)
    if (timer) {
      clearTimeout(timer)
      save()
    }
  })
  watch(
    form,
    () => {
      if (paused) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        timer = undefined
        save()
      }, WAIT_MS)
    },
    { deep: true },
  )
  return { restored, savedAt, restore, clear, save }
}
