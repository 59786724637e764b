// The list that a case was opened from, by the address: its filters and order, the case's place in it, its neighbours.
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { casePlace, type CasePlace, type CaseQuery } from '@/api/desk'

export function useCasePlace(id: string) {
  const route = useRoute()
  const router = useRouter()
  const place = ref<CasePlace | null>(null)
  const ended = ref(false)
  const one = (name: string) => (typeof route.query[name] === 'string' ? (route.query[name] as string) : undefined)
  const query = computed<CaseQuery>(() => {
    // As the queue reads it: a figure above it is a filter of its own.
    const phase = one('phase') ?? (one('overdue') || one('claimed') ? 'all' : 'waiting')
    return {
      phase: phase === 'all' ? undefined : phase,
      way: one('way'),
      claimed: one('claimed'),
      overdue: one('overdue') === '1' || undefined,
      q: one('q'),
      region: one('region'),
      sort: one('sort'),
    }
  })
  const list = computed(() => ({ path: '/desk/cases', query: route.query, state: { from: id } }))
  const to = (other: { id: string }, again = false) => ({
    path: `/desk/cases/${other.id}`,
    query: route.query,
    state: { again },
  })
  async function load() {
    place.value = await casePlace(id, query.value).catch(() => null)
  }
  /** Asked anew: what was free a minute ago may be in somebody's hands. */
  async function go(way: 'next' | 'previous') {
    const found = await casePlace(id, query.value)
    place.value = found
    const other = found[way]
    ended.value = !other
    if (other) await router.push(to(other, way === 'next' && found.again))
  }
  return { place, ended, list, to, load, go }
}

/** Back in the list: the row that one came from is in view and has the focus, once the rows are there. */
export function useReturn(rows: Ref<{ id: string }[]>) {
  const from = (window.history.state as { from?: string } | null)?.from
  if (!from) return
  const stop = watch(
    rows,
    async (found) => {
      if (!found.length) return
      stop()
      await nextTick()
      const link = document.querySelector<HTMLElement>(`main a[href*="/desk/cases/${CSS.escape(from)}"]`)
      link?.scrollIntoView({ block: 'center' })
      link?.focus({ preventScroll: true })
    },
    { flush: 'post' },
  )
}
