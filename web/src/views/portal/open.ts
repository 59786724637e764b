// What a page says of a record that is open to visitors: by its declaration, without the words of the workbench.
import { computed, ref, type Ref } from 'vue'
import { recordSpecs, type ListedField, type RecordSpec, type Row } from '@/api/records'
import { yuan } from '@/app/money'
import { useSite } from '@/app/site'
import { pick, t, timeOf } from '@/i18n'

const UNSAID = ['id', 'hash', 'json', 'blocks', 'object', 'file', 'platform']
const NAMES = ['title', 'name', 'subject']
const DICTIONARIES = ['categories', 'industries', 'institution_types', 'organisation_types', 'qualifications'] as const

const given = (v: unknown) => v !== null && v !== undefined && v !== '' && !(Array.isArray(v) && !v.length)
/** Amounts are said in yuan. */
const label = (f: ListedField) =>
  pick(f)
    .replace('（分）', '')
    .replace(/ \(fen\)/, '')

export function useOpen(plural: Ref<string>) {
  const site = useSite()
  const spec = ref<RecordSpec>()
  const known = ref(false)
  const error = ref<unknown>(null)
  const title = computed(() => {
    const text = pick(spec.value)
    return text.charAt(0).toUpperCase() + text.slice(1)
  })
  const shows = (verb: string) => !!spec.value?.endpoints.some((e) => e.verb === verb)

  async function find() {
    error.value = null
    try {
      spec.value = (await recordSpecs()).find((s) => s.plural === plural.value)
      known.value = true
    } catch (e) {
      error.value = e
    }
  }
  function text(f: ListedField, value: unknown): string {
    if (Array.isArray(value)) return value.map((x) => text(f, x)).join(t('portal.comma'))
    if (f.type === 'money') return `¥${yuan(value as number)}`
    if (f.type === 'bool') return t(value ? 'app.yes' : 'app.no')
    if (f.type === 'time') return timeOf(f, value)
    if (f.type === 'region') return site.site?.regions.find((r) => r.code === value)?.name ?? String(value)
    if (f.type === 'term') {
      const terms = DICTIONARIES.find((x) => x === f.terms)
      return pick(terms && site.site?.[terms].find((c) => c.code === value)) || String(value)
    }
    return pick(f.values?.find((c) => c.code === value)) || String(value)
  }
  const fieldsOf = (row: Row) => (spec.value?.fields ?? []).filter((f) => given(row[f.name]))
  /** Lines of a row; its name stands above them. */
  const linesOf = (row: Row) => {
    const name = NAMES.find((n) => given(row[n]))
    return fieldsOf(row)
      .filter((f) => !UNSAID.includes(f.type) && f.name !== name)
      .map((f) => ({ name: f.name, label: label(f), text: text(f, row[f.name]) }))
  }
  const blocksOf = (row: Row) =>
    fieldsOf(row)
      .filter((f) => f.type === 'blocks')
      .map((f) => ({ name: f.name, value: row[f.name] }))
  return { spec, known, error, title, shows, find, linesOf, blocksOf }
}
