// What the whole visit shares: state, what follows from it, and what changes it, made once when first asked for.
//
// Ours rather than pinia: three stores use its plainest form, and it would weigh as much as a page of the portal
// (measured: 2.3 of 60 KB).
import { computed, reactive } from 'vue'

type Getters<S> = Record<string, (state: S) => unknown>
type Values<G> = { readonly [K in keyof G]: G[K] extends (...args: never[]) => infer R ? R : never }
type Store<S, G, A> = S & Values<G> & A
interface Options<S, G, A> {
  state: () => S
  getters?: G & Getters<S>
  actions?: A & ThisType<Store<S, G, A>>
}

const resets = new Set<() => void>()
/** For tests: the next who asks gets new ones. */
export const forgetStores = () => resets.forEach((fn) => fn())

export function defineStore<S extends object, G extends object = object, A extends object = object>(
  options: Options<S, G, A>,
): () => Store<S, G, A> {
  let store: Store<S, G, A> | null = null
  resets.add(() => {
    store = null
  })
  return () => {
    if (store) return store
    const made = reactive({ ...options.state() }) as Record<string, unknown>
    for (const [name, get] of Object.entries(options.getters ?? {}))
      made[name] = computed(() => (get as (state: S) => unknown)(made as S))
    for (const [name, fn] of Object.entries(options.actions ?? {}))
      made[name] = (...args: unknown[]) => (fn as (...args: unknown[]) => unknown).apply(made, args)
    store = made as Store<S, G, A>
    return store
  }
}
