// Chinese is built in; English is fetched when asked for.
import { createI18n } from 'vue-i18n'
import { setApiLanguage } from '@/api/client'
import zh from './zh-CN'

export type Lang = 'zh' | 'en'
const KEY = 'qilian.lang'

export const i18n = createI18n({ legacy: false, locale: 'zh', fallbackLocale: 'zh', messages: { zh } as Record<string, typeof zh> })

export async function setLang(lang: Lang) {
  if (lang === 'en' && !i18n.global.availableLocales.includes('en')) i18n.global.setLocaleMessage('en', (await import('./en')).default)
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
