// A platform's settings as the server describes them, and the changes that somebody has in hand. The server writes
// them into the YAML.
import { computed, ref } from 'vue'
import { ApiProblem, call, get } from '@/api/client'
import { useDraft } from '@/app/draft'
import { useSite } from '@/app/site'
import { pick, useI18n } from '@/i18n'

export interface Choice {
  code: string
  zh: string
  en: string
}
export interface Origin {
  own: boolean
  layer: 'base' | 'level' | 'network' | 'parent' | null
  from: string | null
}
export interface Setting extends Origin {
  path: string
  type: 'text' | 'both' | 'bool' | 'int' | 'choice' | 'texts' | 'colour' | 'rules'
  zh: string
  en: string
  help_zh: string | null
  help_en: string | null
  long: boolean
  /** Whether the reader may change it: the rest is the system administrator's. */
  mine: boolean
  required: boolean
  min?: number
  max?: number
  choices?: Choice[]
  value: unknown
  inherited: unknown
}
export interface Section {
  id: string
  zh: string
  en: string
  fields: Setting[]
}
export interface Condition extends Origin {
  id: string
  zh: string
  en: string
  fields: Setting[]
}
export interface Term extends Origin {
  code: string
  zh: string
  en: string
  retired: boolean
  removed: boolean
  uses: number
  inherited: { zh: string; en: string; retired?: boolean } | null
}
export interface Dictionary {
  id: string
  zh: string
  en: string
  help_zh: string | null
  help_en: string | null
  fixed: boolean
  terms: Term[]
}
/** A named thing with its settings: a step, a transition, an extra field of a form. */
export interface Thing extends Origin {
  id: string
  path: string
  zh: string
  en: string
  removed: boolean
  fields: Setting[]
}
export interface Lifecycle {
  id: string
  zh: string
  en: string
  path: string
  phases: Choice[]
  steps: Thing[]
  transitions: Thing[]
}
export interface Asked {
  id: string
  path: string
  zh: string
  en: string
  always: boolean
  fields: Setting[]
}
export interface RecordForm {
  id: string
  zh: string
  en: string
  path: string
  asked: Asked[]
  extra: Thing[]
}
export interface NoticeText {
  id: string
  path: string
  zh: string
  en: string
  variables: string[]
  fields: Setting[]
}
export interface SettingsForm {
  version: number
  writable: boolean
  /** The reader may change what is the desk's alone. */
  desk: boolean
  lifecycles: Lifecycle[]
  forms: RecordForm[]
  notices: NoticeText[]
  sections: Section[]
  conditions: Condition[]
  deadlines: Setting[]
  dictionaries: Dictionary[]
}
export interface Fault {
  file: string
  line: number
  zh: string
  en: string
  path: string | null
}
export interface Touched {
  slug: string
  changed: boolean
  version: number
  cases: { record: string; step: string; count: number; fate: 'kept' | 'moved' | 'stranded' }[]
  terms: { dictionary: string; code: string; count: number }[]
}
export interface Verdict {
  ok: boolean
  stored: boolean
  faults: Fault[]
  platforms: Touched[]
  document?: object
  source?: string
}
export interface InForce {
  version: number
  source: string
  at: string
  by: string
  writable: boolean
  document: object
  versions: { version: number; at: string; by: string }[]
}
export type Change = { value: unknown } | { inherit: true }

/** JSON of a value whatever the order of its keys; what is false or null in an object counts as absent. */
export function spelled(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spelled).join()}]`
  if (value && typeof value === 'object')
    return `{${Object.entries(value)
      .filter(([, v]) => v !== false && v !== null && v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${k}:${spelled(v)}`)
      .join()}}`
  return JSON.stringify(value ?? null)
}

/** What has to be told to the server so that `wanted` holds; nothing if it holds already. null: there shall be no
 * value. */
export function changeTo(
  wanted: unknown,
  now: { value: unknown; inherited: unknown; own: boolean },
): Change | undefined {
  const same = (other: unknown) => spelled(wanted ?? null) === spelled(other ?? null)
  if (same(now.value)) return undefined
  if (same(now.inherited)) return now.own ? { inherit: true } : undefined
  return { value: wanted ?? null }
}

export interface Pair {
  left?: string
  right?: string
  differs: boolean
}
/** Both texts line by line, what they share side by side; of what they do not, each on its side. */
export function sideBySide(left: string, right: string): Pair[] {
  const a = left.split('\n'),
    b = right.split('\n')
  const same = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      same[i]![j] = a[i] === b[j] ? same[i + 1]![j + 1]! + 1 : Math.max(same[i + 1]![j]!, same[i]![j + 1]!)
  const out: Pair[] = []
  let i = 0,
    j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) out.push({ left: a[i++], right: b[j++], differs: false })
    else if (j >= b.length || (i < a.length && same[i + 1]![j]! >= same[i]![j + 1]!))
      out.push({ left: a[i++], differs: true })
    else {
      const last = out[out.length - 1]
      if (last?.differs && last.right === undefined) last.right = b[j++]
      else out.push({ right: b[j++], differs: true })
    }
  }
  return out
}

/** A text as it is sent: {name} filled in by what the sample says, in brackets where it says nothing. */
export function filledIn(text: string, sample: (name: string) => string | undefined): string {
  return text.replace(/\{([^{}]*)\}/g, (_, name: string) => sample(name) ?? `【${name}】`)
}
/** How many short messages a text takes: 70 characters in one, 67 in each of several. */
export const messagesOf = (text: string) => (text.length <= 70 ? 1 : Math.ceil(text.length / 67))

/** Lines of the one and not of the other, in order: enough to see what changes. */
export function differences(before: string, after: string): { sign: string; text: string }[] {
  const a = before.split('\n'),
    b = after.split('\n')
  let from = 0,
    end = 0
  while (from < a.length && from < b.length && a[from] === b[from]) from++
  while (end < a.length - from && end < b.length - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const old = a.slice(from, a.length - end),
    now = b.slice(from, b.length - end)
  const kept = new Set(old.filter((l) => now.includes(l)))
  return [
    ...old.filter((l) => l.trim() && !kept.has(l)).map((text) => ({ sign: '−', text })),
    ...now.filter((l) => l.trim() && !kept.has(l)).map((text) => ({ sign: '+', text })),
  ].slice(0, 300)
}

/** Where a record gives its states no words: those of the first step in that state. */
function withWords(lifecycle: Lifecycle): Lifecycle {
  const named = (code: string) =>
    lifecycle.steps.find((s) => s.fields.some((f) => f.path === `${s.path}.phase` && f.value === code))
  const put = (c: Choice): Choice => (c.zh === c.code ? { ...c, ...words(named(c.code)) } : c)
  const words = (s?: Thing) => (s ? { zh: s.zh, en: s.en } : {})
  return {
    ...lifecycle,
    phases: lifecycle.phases.map(put),
    steps: lifecycle.steps.map((s) => ({
      ...s,
      fields: s.fields.map((f) => (f.path === `${s.path}.phase` ? { ...f, choices: f.choices?.map(put) } : f)),
    })),
  }
}

export function useSettings() {
  const { t, locale } = useI18n()
  const site = useSite()
  const form = ref<SettingsForm | null>(null)
  const inForce = ref<InForce | null>(null)
  const error = ref<unknown>(null)
  const fault = ref<unknown>(null)
  const said = ref('')
  const busy = ref(false)
  const verdict = ref<Verdict | null>(null)
  const held = ref<{ changes: Record<string, Change> }>({ changes: {} })
  const draft = useDraft('platform.settings.form', held)
  let checked = ''

  async function load(first = false) {
    error.value = null
    try {
      const [a, b] = await Promise.all([get<InForce>('/platform/policy'), get<SettingsForm>('/platform/policy/form')])
      inForce.value = a
      form.value = { ...b, lifecycles: b.lifecycles.map(withWords) }
      if (first) draft.restore()
    } catch (e) {
      error.value = e
    }
  }
  const changes = computed(() => held.value.changes)
  const count = computed(() => Object.keys(changes.value).length)
  function set(path: string, change: Change | undefined) {
    const next = { ...changes.value }
    if (change) next[path] = change
    else delete next[path]
    held.value = { changes: next }
    said.value = ''
  }
  const change = (row: Setting, wanted: unknown) => set(row.path, changeTo(wanted, row))
  const valueOf = (row: Setting) => {
    const c = changes.value[row.path]
    return !c ? row.value : 'inherit' in c ? row.inherited : c.value
  }
  const ownNow = (row: { path: string; own: boolean }) => {
    const c = changes.value[row.path]
    return c ? !('inherit' in c) : row.own
  }
  const fresh = computed(() => !!verdict.value && checked === JSON.stringify(changes.value))
  async function told(work: () => Promise<void>) {
    busy.value = true
    fault.value = null
    said.value = ''
    try {
      await work()
    } catch (e) {
      fault.value = e
      verdict.value = null
      if (e instanceof ApiProblem && e.status === 412) {
        await load()
        fault.value = t('dk.settings.staleForm')
      }
    }
    busy.value = false
  }
  const check = () =>
    told(async () => {
      const sent = JSON.stringify(changes.value)
      verdict.value = (
        await call<Verdict>('/platform/policy/edit', {
          body: {
            version: form.value!.version,
            changes: Object.entries(changes.value).map(([path, c]) => ({ path, ...c })),
          },
        })
      ).data
      checked = sent
    })
  const apply = () =>
    told(async () => {
      await call('/platform/policy', { body: { version: form.value!.version, source: verdict.value!.source } })
      verdict.value = null
      held.value = { changes: {} }
      draft.clear()
      await load()
      site.site = null // name, colours and dictionaries of this very page
      await site.load()
      said.value = t('dk.settings.applied', { n: form.value?.version ?? '' })
    })
  function discard() {
    held.value = { changes: {} }
    draft.clear()
    verdict.value = null
    fault.value = null
  }
  /** Faults of a setting, of its parts, and of what holds it where nothing else shows them. */
  const faultsAt = (path: string) =>
    (fresh.value ? verdict.value!.faults.filter((f) => f.path === path || f.path?.startsWith(`${path}.`)) : [])
      .map((f) => (locale.value === 'en' ? f.en : f.zh).replace(/^[A-Za-z0-9_.-]+(：|: )/, ''))
      .join(locale.value === 'en' ? '; ' : '；')
  /** What is typed of a thing that is not in force yet. */
  const addedBelow = (map: string, there: { id: string }[]) =>
    Object.entries(changes.value)
      .filter(([p, c]) => p.startsWith(`${map}.`) && 'value' in c && c.value && !p.slice(map.length + 1).includes('.'))
      .map(([p, c]) => ({
        path: p,
        id: p.slice(map.length + 1),
        value: (c as { value: Record<string, unknown> }).value,
      }))
      .filter((x) => !there.some((y) => y.id === x.id))
  /** Whether a thing is in force, or taken away and not checked in yet. */
  const isGone = (thing: Thing) => {
    const c = changes.value[thing.path]
    return c ? !('inherit' in c) && c.value === null : thing.removed
  }
  const takeAway = (thing: Thing) => set(thing.path, thing.own && !thing.layer ? { inherit: true } : { value: null })
  const bringBack = (thing: Thing) => set(thing.path, thing.path in changes.value ? undefined : { inherit: true })
  /** Running rows that would be left on a step that is gone. */
  const strandedOn = (record: string, step: string) =>
    (fresh.value ? verdict.value!.platforms : [])
      .flatMap((p) => p.cases)
      .filter((c) => c.fate === 'stranded' && c.record === record && c.step === step)
      .reduce((n, c) => n + c.count, 0)
  const origin = (row: Origin & { path: string }) => {
    if (ownNow(row)) return t('dk.settings.own')
    if (!row.layer) return t('dk.settings.unset')
    const name = pick(site.site?.network.find((p) => p.slug === row.from)?.name) || row.from || ''
    return t(`dk.settings.layer.${row.layer}`, { name })
  }
  return {
    form,
    inForce,
    error,
    fault,
    said,
    busy,
    verdict,
    changes,
    count,
    restored: draft.restored,
    fresh,
    load,
    set,
    change,
    valueOf,
    ownNow,
    check,
    apply,
    discard,
    faultsAt,
    addedBelow,
    isGone,
    takeAway,
    bringBack,
    strandedOn,
    origin,
  }
}
export type Settings = ReturnType<typeof useSettings>
