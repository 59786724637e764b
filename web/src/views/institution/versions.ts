// Two versions of a product side by side: its fields in people's words, those alone that differ.
import { get } from '@/api/client'
import { recordMeta } from '@/api/meta'
import type { Block } from '@/api/center'
import { yuan } from '@/app/money'
import { useSite } from '@/app/site'
import { pick, t } from '@/i18n'

export type Content = Record<string, unknown>
export interface Version {
  key: string
  word: string
  content: Content
}
export interface Difference {
  name: string
  label: string
  left: string
  right: string
}
interface Held {
  content: Content | null
  pending: Content | null
  live: boolean
}
const NOT_COMPARED = ['number', 'extra']
const empty = (v: unknown) => v === null || v === undefined || v === '' || (Array.isArray(v) && !v.length)

/** The same whatever the order of members: one comes from the database, the other from a log. */
function text(value: unknown): string {
  return JSON.stringify(empty(value) ? null : value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}

export const listingContents = (id: string) => get<Held>(`/listings/${id}`)

function blockText(b: Block): string {
  return [b.text, ...(b.items ?? []), ...(b.rows ?? []).map((r) => r.join(' ')), b.caption, b.url]
    .filter(Boolean)
    .join('\n')
}

/** The fields of a product that visitors see, as versions hold them. */
export async function comparer() {
  const [meta, site] = await Promise.all([recordMeta('product'), useSite().load()])
  const fields = (meta?.fields ?? []).filter((f) => f.writable !== false && !NOT_COMPARED.includes(f.name))
  const term = (list: { code: string; zh: string; en: string }[] | undefined, code: unknown) =>
    pick(list?.find((c) => c.code === code)) || String(code)
  function shown(name: string, value: unknown): string {
    if (empty(value)) return t('mx.nothing')
    const field = fields.find((f) => f.name === name)
    if (field?.type === 'money') return `${yuan(value as number)} ${t('form.yuan')}`
    if (field?.type === 'blocks') return (value as Block[]).map(blockText).join('\n')
    if (name === 'pictures') return t('mx.pictures', { n: (value as unknown[]).length })
    if (field?.type === 'enum') return pick(field.values?.find((v) => v.code === value)) || String(value)
    if (field?.type === 'region') return site?.regions.find((r) => r.code === value)?.name ?? String(value)
    if (name === 'category') return term(site?.categories, value)
    if (name === 'industries') return (value as string[]).map((c) => term(site?.industries, c)).join('、')
    return String(value)
  }
  return function differences(left: Content, right: Content): Difference[] {
    return fields
      .filter((f) => {
        const [a, b] = [left[f.name], right[f.name]]
        if (empty(a) && empty(b)) return false
        // A product offered nowhere in particular is shown where the institution is.
        if (f.name === 'region_code' && (empty(a) || empty(b))) return false
        return text(a) !== text(b)
      })
      .map((f) => ({
        name: f.name,
        label: pick(f).replace(/（分）| \(fen\)/, ''),
        left: shown(f.name, left[f.name]),
        right: shown(f.name, right[f.name]),
      }))
  }
}
