// A list with pages: what is shown stays where it is, whoever changes what meanwhile. One way for all lists, so that
// none loses its place.
import { computed, onMounted, onUnmounted, ref, watch, type Ref } from 'vue'
import { onLive } from '@/app/live'

export interface Page<Row> {
  items: Row[]
  next: string | null
}
interface Options {
  /** Rows of the first page and of each further one. */
  size?: number
  /** The most that the server gives at once. */
  most?: number
  /** Renewed whenever something changed on the platform, but not while this says so (a dialog is open, rows are
   * ticked); then afterwards. */
  live?: boolean
  hold?: () => boolean
}

/** ask(cursor, limit) fetches one page. An answer that was overtaken by a newer question is dropped. */
export function useList<Row extends { id: string }, P extends Page<Row> = Page<Row>>(
  ask: (cursor: string | undefined, limit: number) => Promise<P>,
  { size = 50, most = 100, live = true, hold = () => false }: Options = {},
) {
  const rows = ref([]) as Ref<Row[]>
  const page = ref(null) as Ref<P | null>
  const error = ref<unknown>(null)
  const loading = ref(true)
  const waiting = ref(false)
  let question = 0

  async function run(work: (current: () => boolean) => Promise<void>) {
    const mine = ++question
    loading.value = true
    try {
      await work(() => mine === question)
      if (mine === question) error.value = null
    } catch (fault) {
      if (mine === question) error.value = fault
    }
    if (mine === question) loading.value = false
  }
  function show(found: Row[], last: P) {
    rows.value = found
    page.value = last
  }
  /** From the beginning: for other filters. */
  const load = () =>
    run(async (current) => {
      const first = await ask(undefined, size)
      if (current()) show(first.items, first)
    })
  /** The next page below what is shown. */
  const more = () =>
    run(async (current) => {
      const below = await ask(page.value?.next ?? undefined, size)
      const known = new Set(rows.value.map((r) => r.id))
      if (current()) show([...rows.value, ...below.items.filter((r) => !known.has(r.id))], below)
    })
  /** As much as is shown, anew, in one step: nobody sees the list become shorter in between. */
  const again = () =>
    run(async (current) => {
      const wanted = Math.max(size, rows.value.length)
      const found: Row[] = []
      let last: P | null = null
      do {
        last = await ask(last?.next ?? undefined, Math.min(most, wanted - found.length))
        found.push(...last.items)
      } while (current() && last.next && found.length < wanted && last.items.length)
      if (current()) show(found, last)
    })
  if (live) {
    let stop = () => {}
    onMounted(() => {
      stop = onLive(() => {
        if (hold()) waiting.value = true
        else again()
      })
    })
    onUnmounted(() => stop())
    watch(hold, (held) => {
      if (!held && waiting.value) {
        waiting.value = false
        again()
      }
    })
  }
  return { rows, page, next: computed(() => page.value?.next ?? null), error, loading, load, more, again }
}
