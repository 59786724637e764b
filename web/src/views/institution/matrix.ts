// The matrix as its pages hold it: rows come by pages as they are scrolled to, and what is seen is renewed alone, so
// that a thousand products cost what a screen of them costs.
import { computed, ref, shallowRef } from 'vue'
import { type Cell, matrix, type MatrixPlatform, type MatrixRow } from '@/api/center'
import { yuan } from '@/app/money'
import { t } from '@/i18n'

export const NONE: Cell = {
  state: 'none',
  listing: null,
  live: false,
  live_version: 0,
  pending_version: 0,
  opinion: null,
  ended_by: null,
  sent_at: null,
  decided_at: null,
  actions: ['publish'],
}
/** In the order in which somebody wants to see them. */
export const STATES = [
  'returned',
  'waiting',
  'active',
  'none',
  'sent',
  'delisted',
  'refused',
  'unavailable',
  'suspended',
]
export const cellOf = (row: MatrixRow, slug: string): Cell => row.cells[slug] ?? NONE
export const tone = (state: string) =>
  state === 'active'
    ? 'good'
    : ['refused', 'returned', 'suspended', 'unavailable'].includes(state)
      ? 'bad'
      : ['waiting', 'sent'].includes(state)
        ? 'warn'
        : ''
/** What comes next, in a few words; '' where nothing does. */
export function nextStep(cell: Cell): string {
  const key = {
    none: 'publish',
    delisted: 'again',
    refused: 'fix',
    returned: 'fix',
    waiting: 'wait',
    sent: 'sent',
    suspended: 'frozen',
    unavailable: 'look',
  }[cell.state]
  return key ? t(`mx.next.${key}`) : ''
}
/** The day that its state is of: sent while nobody has decided, decided then. */
export const dayOf = (cell: Cell) =>
  ['waiting', 'sent'].includes(cell.state) ? cell.sent_at : (cell.decided_at ?? cell.sent_at)
export const pendingWord = (cell: Cell) =>
  t(
    `mx.versions.${{ waiting: 'waiting', sent: 'waiting', returned: 'returned', refused: 'refused' }[cell.state] ?? 'kept'}`,
    { n: cell.pending_version },
  )
export const priceOf = (r: MatrixRow) =>
  r.pricing === 'negotiable'
    ? t('center.negotiable')
    : r.pricing === 'fixed' && r.price === 0
      ? t('portal.free')
      : `${yuan(r.price)}${r.pricing === 'range' ? `–${yuan(r.price_high)}` : ''} ${t('form.yuan')}${r.price_unit ? `/${r.price_unit}` : ''}`

const FIRST = 40,
  PAGE = 100,
  MOST = 200

export interface Filter {
  q: string
  state: string
  platform: string
}

export function useMatrix() {
  const rows = shallowRef<MatrixRow[]>([])
  const platforms = shallowRef<MatrixPlatform[]>([])
  const counts = shallowRef<Record<string, number>>({})
  const filter = ref<Filter>({ q: '', state: '', platform: '' })
  const next = ref<string | null>(null)
  const error = ref<unknown>(null)
  const loading = ref(true)
  const loaded = ref(false)
  let question = 0

  const query = () => ({
    q: filter.value.q || undefined,
    state: filter.value.state || undefined,
    platform: filter.value.platform || undefined,
  })
  /** All that the filter finds; while not everything is here, what the server counted. */
  const total = computed(() =>
    next.value ? Math.max(counts.value[filter.value.state || 'all'] ?? 0, rows.value.length + 1) : rows.value.length,
  )
  async function count() {
    const mine = question
    const { state: _, ...all } = query()
    const found = await matrix({ ...all, counts: true, limit: 1 })
    if (mine === question && found.counts) counts.value = found.counts
  }
  async function run(work: (current: () => boolean) => Promise<void>) {
    const mine = question
    loading.value = true
    try {
      await work(() => mine === question)
      if (mine === question) error.value = null
    } catch (fault) {
      if (mine === question) error.value = fault
    }
    if (mine === question) loading.value = false
  }
  /** From the beginning, as the filter says now. */
  function load() {
    question++
    const counted = count().catch(() => undefined)
    return run(async (current) => {
      const first = await matrix({ ...query(), limit: FIRST })
      if (!current()) return
      platforms.value = first.platforms
      rows.value = first.products
      next.value = first.next
      loaded.value = true
      if (first.next) await counted // the height of the list
    })
  }
  function append(found: MatrixRow[]) {
    const known = new Set(rows.value.map((r) => r.id))
    rows.value = [...rows.value, ...found.filter((r) => !known.has(r.id))]
  }
  let coming: Promise<void> | null = null
  const more = (limit = PAGE) =>
    (coming ??= run(async (current) => {
      const page = await matrix({ ...query(), cursor: next.value ?? undefined, limit })
      if (!current()) return
      append(page.products)
      next.value = page.next
    }).finally(() => {
      coming = null
    }))
  /** Until row n is here, or there is none. */
  async function reach(n: number) {
    const mine = question
    while (mine === question && next.value && !error.value && rows.value.length < n) await more()
  }
  /** All that the filter finds, whatever its size: to act upon. */
  async function everything() {
    const mine = question
    while (mine === question && next.value && !error.value) await more(MOST)
    return mine === question && !error.value ? rows.value : []
  }
  /** Rows [from, to) anew, and the counts. */
  function renew(from: number, to: number) {
    if (!loaded.value) return load()
    const mine = question
    count().catch(() => undefined)
    return run(async (current) => {
      const first = Math.max(0, Math.min(from, rows.value.length - 1))
      const limit = Math.max(1, Math.min(MOST, Math.min(to, rows.value.length || FIRST) - first || FIRST))
      const page = await matrix({ ...query(), cursor: rows.value[first - 1]?.id, limit })
      if (!current() || mine !== question) return
      const fresh = new Set(page.products.map((r) => r.id))
      platforms.value = page.platforms
      rows.value = [
        ...rows.value.slice(0, first).filter((r) => !fresh.has(r.id)),
        ...page.products,
        ...rows.value.slice(first + limit).filter((r) => !fresh.has(r.id)),
      ]
      if (rows.value.length <= first + limit) next.value = page.next
    })
  }
  return { rows, platforms, counts, filter, next, total, error, loading, loaded, load, reach, everything, renew }
}
