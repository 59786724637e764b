// Barrier-free reading (无障碍): size, contrast, pointer and reading line, kept across visits. Classes on <html>, so
// that they hold before any component and in all areas; the bar is components of the portal.
import { reactive, watch } from 'vue'

export const SIZES = ['', 'elder', 'largest'] as const
export interface BarrierFree {
  /** Elder mode (适老化) is the first step of larger type. */
  size: (typeof SIZES)[number]
  contrast: boolean
  cursor: boolean
  line: boolean
  /** Whether the bar is open. */
  bar: boolean
}
const KEY = 'qilian.barrier'
const OLD = 'qilian.elder' // kept by earlier versions
const NONE: BarrierFree = { size: '', contrast: false, cursor: false, line: false, bar: false }
export const barrier = reactive<BarrierFree>({ ...NONE })

function show() {
  const html = document.documentElement.classList
  html.toggle('elder', barrier.size !== '')
  html.toggle('largest', barrier.size === 'largest')
  html.toggle('contrast', barrier.contrast)
  html.toggle('cursor', barrier.cursor)
}

/** What was kept, whatever stands there. */
export function readBarrier(text: string | null, old: string | null): BarrierFree {
  let kept: Partial<BarrierFree> = {}
  try {
    kept = (JSON.parse(text ?? '{}') ?? {}) as Partial<BarrierFree>
  } catch {
    /* nothing that we wrote */
  }
  const size = SIZES.includes(kept.size as BarrierFree['size']) ? kept.size! : old === '1' && !text ? 'elder' : ''
  return {
    size,
    contrast: kept.contrast === true,
    cursor: kept.cursor === true,
    line: kept.line === true,
    bar: kept.bar === true,
  }
}

export function resetBarrier() {
  Object.assign(barrier, { ...NONE, bar: barrier.bar })
}

export function restoreBarrierFree() {
  try {
    Object.assign(barrier, readBarrier(localStorage.getItem(KEY), localStorage.getItem(OLD)))
  } catch {
    /* private window */
  }
  show()
  watch(barrier, () => {
    show()
    try {
      localStorage.setItem(KEY, JSON.stringify(barrier))
    } catch {
      /* private window: it lasts for this page */
    }
  })
}
