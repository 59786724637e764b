// A list with pages: what is shown stays where it is, whoever changes what meanwhile. One way for all lists, so that
// none loses its place.
import {
  computed,
  getCurrentInstance,
  onBeforeUnmount,
  onMounted,
  onUnmounted,
  reactive,
  ref,
  watch,
  type Ref,
} from 'vue'
import { onLive } from '@/app/live'
import { placeOf } from '@/app/place'
import { recall, remember } from '@/app/remember'

export interface Page<Row> {
  items: Row[]
  next: string | null
  /** How many there are under the filters, if it was asked for; total_more: there are more than that. */
  total?: number | null
  total_more?: boolean | null
}
/** Beside cursor and limit: rows to pass over, and whether to count. To be sent along by lists whose server knows them;
 * it then answers with a total, and the list can be asked for any page. */
export interface Beside {
  offset?: number
  total?: boolean
}
interface Options {
  /** Rows of a page, until the person says otherwise. */
  size?: number
  /** The most that the server gives at once. */
  most?: number
  /** By which it is remembered how many rows a page has, and where one was for who comes back. */
  name?: string
  /** Looked at again whenever something changed on the platform, but not while `hold` says so (a dialog is open);
   * then afterwards. */
  live?: boolean
  hold?: () => boolean
}
/** What a table shows of its list and asks of it (components/DataList.vue). */
export interface Pager {
  /** null: not counted. */
  total: number | null
  totalMore: boolean
  size: number
  /** Rows passed over before the first one that is shown. */
  offset: number
  shown: number
  next: boolean
  /** It could not be had: that there is nothing is not known. */
  failed: boolean
  /** Rows that came meanwhile and are not shown yet, and those shown that are no longer there. */
  news: number
  gone: string[]
  /** How far the table itself is scrolled. */
  box: number
  setSize: (size: number) => void
  jump: (page: number) => void
  refresh: () => void
}

export const SIZES = [20, 50, 100, 200]
/** The server passes over no more rows (core/record/list.c). */
export const JUMP_MOST = 10_000

function aside<P extends Page<unknown>>({ items: _items, next: _next, ...rest }: P) {
  return rest
}

/** ask(cursor, limit, beside) fetches one page. An answer that was overtaken by a newer question is dropped. */
export function useList<Row extends { id: string }, P extends Page<Row> = Page<Row>>(
  ask: (cursor: string | undefined, limit: number, beside: Beside) => Promise<P>,
  { size: usual = 50, most = 200, name = '', live = true, hold = () => false }: Options = {},
) {
  const rows = ref([]) as Ref<Row[]>
  const page = ref(null) as Ref<P | null>
  const error = ref<unknown>(null)
  const loading = ref(true)
  const size = ref((name && recall<number>(`size.${name}`)) || usual)
  const offset = ref(0)
  const total = ref<number | null>(null)
  const totalMore = ref(false)
  const news = ref(0)
  const gone = ref<string[]>([])
  const box = ref(0)
  const place = name && getCurrentInstance() ? placeOf(name) : null
  let question = 0
  let busy = false
  let waiting = false

  async function run(work: (current: () => boolean) => Promise<void>, quiet = false) {
    const mine = ++question
    busy = true
    if (!quiet) loading.value = true
    try {
      await work(() => mine === question)
      if (mine === question) error.value = null
    } catch (fault) {
      if (mine === question) error.value = fault
    }
    if (mine !== question) return
    loading.value = false
    busy = false
    if (waiting) happen()
  }
  /** So many rows from where the list begins, in as many questions as the server wants. What is told beside the rows
   * (totals, counts) is told with the first ones alone. */
  async function ahead(wanted: number, current: () => boolean) {
    const found: Row[] = []
    let first: P | null = null
    let last: P
    do {
      const beside = first ? {} : { total: true, ...(offset.value ? { offset: offset.value } : {}) }
      last = await ask((first && last!.next) || undefined, Math.min(most, wanted - found.length), beside)
      first ??= last
      found.push(...last.items)
    } while (current() && last.next && found.length < wanted && last.items.length)
    return { found, last: { ...last, ...aside(first) } as P }
  }
  function count(of: P) {
    total.value = typeof of.total === 'number' ? of.total : null
    totalMore.value = !!of.total_more
  }
  function show({ found, last }: { found: Row[]; last: P }) {
    rows.value = found
    page.value = last
    news.value = 0
    gone.value = []
    count(last)
    place?.look()
  }
  const fill = (wanted: number) =>
    run(async (current) => {
      const read = await ahead(wanted, current)
      if (current()) show(read)
    })
  /** From the beginning: for other filters. Come back to, the list begins where it was left. */
  async function load() {
    const at = place?.take()
    offset.value = at?.offset ?? 0
    box.value = at?.box ?? 0
    await fill(Math.max(size.value, at?.rows ?? 0))
    if (at) place!.scroll(at)
  }
  /** The next page below what is shown. */
  const more = () =>
    run(async (current) => {
      const below = await ask(page.value?.next ?? undefined, size.value, {})
      const known = new Set(rows.value.map((r) => r.id))
      if (!current()) return
      rows.value = [...rows.value, ...below.items.filter((r) => !known.has(r.id))]
      page.value = { ...page.value!, next: below.next }
    })
  /** As much as is shown, anew, in one step: nobody sees the list become shorter in between. */
  const again = () => fill(Math.max(size.value, rows.value.length))
  /** Page n of the whole list, from 1. */
  function jump(n: number) {
    const last = Math.max(0, Math.min(total.value ?? 0, JUMP_MOST) - 1)
    offset.value = Math.min(Math.max(0, n - 1) * size.value, Math.floor(last / size.value) * size.value)
    box.value = 0
    return fill(size.value)
  }
  function setSize(to: number) {
    size.value = to
    offset.value = Math.floor(offset.value / to) * to
    box.value = 0
    if (name) remember(`size.${name}`, to)
    return fill(to)
  }

  /** After a change somewhere: rows that are shown say what they say now and stay where they are; what came is counted
   * and what went is marked, until the person asks for the list anew. */
  const look = () =>
    run(async (current) => {
      const { found, last } = await ahead(Math.max(size.value, rows.value.length), current)
      if (!current()) return
      if (!rows.value.length) return show({ found, last })
      const now = new Map(found.map((r) => [r.id, r]))
      const before = new Set(rows.value.map((r) => r.id))
      const fresh = found.filter((r) => !before.has(r.id)).length
      // What the new ones in front pushed over the end is not gone.
      let end = rows.value.length
      for (let i = 0; i < fresh && last.next && !now.has(rows.value[end - 1]!.id); i++) end--
      gone.value = rows.value.slice(0, end).flatMap((r) => (now.has(r.id) ? [] : [r.id]))
      rows.value = rows.value.map((r) => now.get(r.id) ?? r)
      news.value = fresh
      page.value = { ...page.value!, ...aside(last) }
      count(last)
    }, true)
  function happen() {
    waiting = busy || hold()
    if (!waiting) look()
  }
  if (live) {
    let stop = () => {}
    onMounted(() => {
      stop = onLive(happen)
    })
    onUnmounted(() => stop())
    watch(hold, (held) => {
      if (!held && waiting) happen()
    })
  }
  // Of what was never read there is no place to keep: the frame may set a page up twice.
  if (place)
    onBeforeUnmount(() => {
      if (page.value) place.leave({ offset: offset.value, rows: rows.value.length, box: box.value })
    })
  const pager = reactive({
    total,
    totalMore,
    size,
    offset,
    shown: computed(() => rows.value.length),
    next: computed(() => !!page.value?.next),
    failed: computed(() => !!error.value),
    news,
    gone,
    box,
    setSize,
    jump,
    refresh: again,
  }) as unknown as Pager
  return { rows, page, next: computed(() => page.value?.next ?? null), error, loading, load, more, again, total, pager }
}
