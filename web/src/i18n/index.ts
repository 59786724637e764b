// Chinese is built in; English is fetched when asked for.
import { createI18n } from 'vue-i18n'
import { setApiLanguage } from '@/api/client'
import zh from './zh-CN'

export type Lang = 'zh' | 'en'
const KEY = 'qilian.lang'

const moment = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const

export const i18n = createI18n({ legacy: false, datetimeFormats: { zh: { minute: moment, day }, en: { minute: moment, day } }, locale: 'zh', fallbackLocale: 'zh', messages: { zh } as Record<string, typeof zh> })

// The words of the institution centre and the workbench come with them, so that the portal stays small.
let working = false
const merged = new Set<Lang>()

async function loadWork(lang: Lang) {
  if (merged.has(lang)) return
  merged.add(lang)
  const words = await Promise.all<{ default: object }>(lang === 'en' ? [import('./work.en'), import('./center.en'), import('./desk.en')] : [import('./work.zh-CN'), import('./center.zh-CN'), import('./desk.zh-CN')])
  for (const part of words) i18n.global.mergeLocaleMessage(lang, part.default as never)
}

export async function useWorkWords() {
  working = true
  await loadWork((i18n.global.locale as unknown as { value: Lang }).value)
}

export async function setLang(lang: Lang) {
  if (lang === 'en' && !i18n.global.availableLocales.includes('en')) i18n.global.setLocaleMessage('en', (await import('./en')).default)
  if (working) await loadWork(lang)
  ;(i18n.global.locale as unknown as { value: string }).value = lang
  setApiLanguage(lang)
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN'
  try { localStorage.setItem(KEY, lang) } catch { /* private window: the choice lasts for this page */ }
}

export function savedLang(): Lang {
  try {
    const saved = localStorage.getItem(KEY)
    if (saved === 'zh' || saved === 'en') return saved
  } catch { /* as above */ }
  return navigator.language.startsWith('zh') || !navigator.language ? 'zh' : 'en'
}

/** The half of a bilingual text that the reader wants. */
export function pick(text: { zh?: string; en?: string } | string | null | undefined): string {
  if (!text) return ''
  if (typeof text === 'string') return text
  const lang = (i18n.global.locale as unknown as { value: string }).value
  return (lang === 'en' ? text.en || text.zh : text.zh || text.en) ?? ''
}
