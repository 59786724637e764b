// The words of the pages. Chinese is built in; English is fetched when asked for.
//
// Ours rather than vue-i18n: of that library the pages would use one function, and its message compiler alone takes
// a quarter
// of what the portal may weigh (measured: 18 of 60 KB).
import { ref, shallowReactive } from 'vue'
import { ZONE } from '@/app/day'
import { setApiLanguage } from '@/api/client'
import zh from './zh-CN'

export type Lang = 'zh' | 'en'
type Words = { [key: string]: string | Words }
const KEY = 'qilian.lang'

const locale = ref<Lang>('zh')
const words = shallowReactive<Record<Lang, Words>>({ zh: zh as unknown as Words, en: {} })

const FORMATS = {
  day: { year: 'numeric', month: '2-digit', day: '2-digit' },
  minute: { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  second: {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
} as const

function find(lang: Lang, key: string): string | undefined {
  let at: string | Words | undefined = words[lang]
  for (const part of key.split('.')) at = typeof at === 'object' ? at[part] : undefined
  return typeof at === 'string' ? at : undefined
}

/** The words of a key, {name} filled in; Chinese where English lacks one, the key itself where both do. Where none of
 *  something has words of its own, they stand under the same key with Zero behind it. {n|day|days}: of one, of any
 *  other number. */
export function t(key: string, args: Record<string, unknown> = {}): string {
  const none = args.n === 0 ? find(locale.value, `${key}Zero`) : undefined
  return (none ?? find(locale.value, key) ?? find('zh', key) ?? key).replace(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (_, name: string, one?: string, many?: string) =>
      String(one === undefined ? (args[name] ?? '') : Number(args[name]) === 1 ? one : many),
  )
}

/** Whether there are words for the key. */
export function te(key: string): boolean {
  return find(locale.value, key) !== undefined || find('zh', key) !== undefined
}

/** The keys below one, in the order of the words. */
export function keysOf(key: string): string[] {
  let at: string | Words | undefined = words.zh
  for (const part of key.split('.')) at = typeof at === 'object' ? at[part] : undefined
  return typeof at === 'object' ? Object.keys(at) : []
}

/** A day, or a time to the minute, in China, as days are written wherever the server says one: 2026-12-04 05:25. */
export function d(date: Date | number, format: keyof typeof FORMATS = 'day'): string {
  return new Intl.DateTimeFormat('sv-SE', { ...FORMATS[format], timeZone: ZONE }).format(date)
}

/** A time of a declared field: at which something ends, to the second and saying whose clock; else to the minute. */
export function timeOf(field: { unit?: string }, at: unknown): string {
  const when = new Date(String(at))
  return field.unit === 'second' ? t('app.beijing', { time: d(when, 'second') }) : d(when, 'minute')
}

export function useI18n() {
  return { t, te, d, locale }
}

function merge(into: Words, more: Words): Words {
  const out = { ...into }
  for (const [key, value] of Object.entries(more)) {
    const before = out[key]
    out[key] = typeof value === 'object' && typeof before === 'object' ? merge(before, value) : value
  }
  return out
}

/** For words that come with one page. */
export function add(lang: Lang, more: object) {
  words[lang] = merge(words[lang], more as Words)
}

// The words of the institution centre and the workbench come with them, so that the portal stays small.
let working = false
const loaded = new Set<string>()

async function load(lang: Lang) {
  if (lang === 'en' && !loaded.has('en')) {
    add('en', (await import('./en')).default)
    loaded.add('en')
  }
  if (!working || loaded.has(`work.${lang}`)) return
  const parts = await Promise.all<{ default: object }>(
    lang === 'en'
      ? [import('./work.en'), import('./center.en'), import('./desk.en'), import('./records.en'), import('./list.en')]
      : [
          import('./work.zh-CN'),
          import('./center.zh-CN'),
          import('./desk.zh-CN'),
          import('./records.zh-CN'),
          import('./list.zh-CN'),
        ],
  )
  for (const part of parts) add(lang, part.default)
  loaded.add(`work.${lang}`)
}

export async function useWorkWords() {
  working = true
  await Promise.all([load('zh'), load(locale.value)])
}

export async function setLang(lang: Lang) {
  await load(lang)
  locale.value = lang
  setApiLanguage(lang)
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN'
  try {
    localStorage.setItem(KEY, lang)
  } catch {
    /* private window: the choice lasts for this page */
  }
}

export function savedLang(): Lang {
  // An address that names its language is a search engine's, or somebody's who chose it.
  const asked = new URLSearchParams(location.search).get('lang')
  if (asked === 'zh' || asked === 'en') return asked
  try {
    const saved = localStorage.getItem(KEY)
    if (saved === 'zh' || saved === 'en') return saved
  } catch {
    /* as above */
  }
  return navigator.language.startsWith('zh') || !navigator.language ? 'zh' : 'en'
}

/** The half of a bilingual text that the reader wants. */
export function pick(text: { zh?: string | null; en?: string | null } | string | null | undefined): string {
  if (!text) return ''
  if (typeof text === 'string') return text
  return (locale.value === 'en' ? text.en || text.zh : text.zh || text.en) ?? ''
}
