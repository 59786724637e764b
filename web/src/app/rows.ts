// Which rows of a long table stand in the page: those that can be seen, some above and below, and the one that holds
// the focus, so that it is not lost by scrolling.
import { computed, ref, shallowRef, type Ref } from 'vue'

/** Longer tables are drawn so. */
export const WHOLE_MOST = 500
/** Rows above and below what can be seen. */
const MARGIN = 15
/** Until some were measured. */
const USUAL = 56

export interface Stretch {
  /** Rows from … to, without the last; or a gap in their place, in pixels. */
  from: number
  to: number
  gap: number
}

/** heights: those measured; the others are taken for what these are on average. */
export function stretches(
  count: number,
  heightOf: (i: number) => number,
  top: number,
  view: number,
  focused: number,
): Stretch[] {
  let y = 0
  let from = -1
  let to = count
  for (let i = 0; i < count; i++) {
    const below = y + heightOf(i)
    if (from < 0 && below > top) from = i
    if (y > top + view) {
      to = i
      break
    }
    y = below
  }
  if (from < 0) from = Math.max(0, count - 1)
  from = Math.max(0, from - MARGIN)
  to = Math.min(count, to + MARGIN)
  const kept = focused >= 0 && focused < count && (focused < from || focused >= to)
  const parts =
    kept && focused < from
      ? [
          [focused, focused + 1],
          [from, to],
        ]
      : [[from, to]]
  if (kept && focused >= to) parts.push([focused, focused + 1])
  const out: Stretch[] = []
  let at = 0
  const gap = (until: number) => {
    let height = 0
    for (let i = at; i < until; i++) height += heightOf(i)
    if (until > at) out.push({ from: at, to: until, gap: height })
  }
  for (const [a, b] of parts as [number, number][]) {
    gap(a)
    out.push({ from: a, to: b, gap: 0 })
    at = b
  }
  gap(count)
  return out
}

export function useRows<Row extends { id: string }>(rows: () => Row[], box: Ref<HTMLElement | null>) {
  const heights = new Map<string, number>()
  const measured = ref(0)
  const top = ref(0)
  const view = ref(900)
  const focused = ref('')
  const usual = shallowRef(USUAL)
  const long = computed(() => rows().length > WHOLE_MOST)
  const parts = computed<Stretch[]>(() => {
    const all = rows()
    if (!long.value) return [{ from: 0, to: all.length, gap: 0 }]
    void measured.value
    const at = focused.value ? all.findIndex((r) => r.id === focused.value) : -1
    return stretches(all.length, (i) => heights.get(all[i]!.id) ?? usual.value, top.value, view.value, at)
  })
  function look() {
    if (!box.value || !long.value) return
    top.value = box.value.scrollTop
    view.value = box.value.clientHeight || view.value
  }
  /** Once they are drawn. */
  function measure() {
    if (!box.value || !long.value) return
    let sum = 0
    let changed = false
    const drawn = box.value.querySelectorAll<HTMLElement>('tr[data-id]')
    drawn.forEach((tr) => {
      const height = tr.offsetHeight
      sum += height
      if (height && heights.get(tr.dataset.id!) !== height) {
        heights.set(tr.dataset.id!, height)
        changed = true
      }
    })
    if (!changed) return
    if (drawn.length && sum) usual.value = sum / drawn.length
    measured.value++
  }
  return { long, parts, look, measure, focused }
}
