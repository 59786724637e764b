// What every page of the centre does: load, act, and show what went wrong.
import { onMounted, onUnmounted, ref } from 'vue'
import { onLive } from '@/app/live'

/** Loads now, again after each change that the server reports, and on demand. */
export function useLoad(load: () => Promise<void>) {
  const loading = ref(true)
  const error = ref<unknown>(null)
  async function again() {
    try {
      await load()
      error.value = null
    } catch (fault) {
      error.value = fault
    }
    loading.value = false
  }
  let stop = () => {}
  onMounted(() => {
    again()
    stop = onLive(again)
  })
  onUnmounted(() => stop())
  return { loading, error, again }
}

/** One action at a time; its fault stays until the next one begins. */
export function useAct() {
  const busy = ref(false)
  const fault = ref<unknown>(null)
  const done = ref('')
  async function act<T>(fn: () => Promise<T>, message = ''): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    fault.value = null
    done.value = ''
    try {
      const result = await fn()
      done.value = message
      return result
    } catch (error) {
      fault.value = error
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { busy, fault, done, act }
}

export { daysUntil } from '@/app/day'
