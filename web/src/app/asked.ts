// What a list is narrowed and ordered by stands in the address, so that it can be sent to somebody, kept as a view and
// come back to.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** names: of the query parameters that are filters. */
export function useAsked(names: string[]) {
  const route = useRoute()
  const router = useRouter()
  const one = (name: string) => (typeof route.query[name] === 'string' ? (route.query[name] as string) : '')
  function put(changes: Record<string, string | undefined | null>) {
    const query: Record<string, unknown> = { ...route.query }
    for (const [name, value] of Object.entries(changes)) query[name] = value || undefined
    return router.replace({ path: route.path, query: query as typeof route.query })
  }
  const set = (name: string, value?: string | null) => put({ [name]: value })
  /** What was typed or chosen in a control. */
  const from = (name: string) => (e: Event) => set(name, (e.target as HTMLInputElement).value.trim())
  const reset = () => put(Object.fromEntries(names.map((n) => [n, undefined])))
  const sort = computed({ get: () => one('sort'), set: (value) => set('sort', value) })
  /** Those that hold, as chips: `${label}：${value}`. */
  const chips = (told: Record<string, string | undefined | false>) =>
    names.filter((n) => one(n) && told[n]).map((n) => ({ name: n, text: String(told[n]) }))
  return { one, set, put, from, reset, sort, chips }
}
