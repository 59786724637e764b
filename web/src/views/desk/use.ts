// Words for values as the server gives them, shared by the pages of the workbench.
import { useI18n } from '@/i18n'
import { ApiProblem } from '@/api/client'
import { yuan } from '@/app/money'
import { useSite } from '@/app/site'
import { termsOf } from '@/forms/options'
import type { FieldSpec } from '@/forms/types'
import { pick, timeOf } from '@/i18n'

export function useWords() {
  const { t, te, d, locale } = useI18n()
  const site = useSite()
  const region = (code: unknown) => site.site?.regions.find((r) => r.code === code)?.name ?? String(code ?? '')
  const platform = (slug: unknown) => {
    if (!slug) return ''
    if (slug === site.site?.slug) return pick(site.site?.name)
    return pick(site.site?.network.find((p) => p.slug === slug)?.name) || String(slug)
  }
  const moment = (at: unknown) => (at ? d(new Date(String(at)), 'minute') : '')
  const day = (at: unknown) => (at ? d(new Date(String(at)), 'day') : '')
  /** The dictionary that a field is of, terms no longer offered with it. */
  const terms = (field: FieldSpec) => termsOf(field, site.site)
  const category = (code: unknown) => pick(site.site?.categories.find((c) => c.code === code)) || String(code ?? '')
  /** A problem in one sentence, with those of its fields. */
  const told = (e: unknown) =>
    e instanceof ApiProblem
      ? [e.text(locale.value), ...e.fields.map((f) => (locale.value === 'en' ? f.en : f.zh))].join(' ')
      : e
        ? String(e)
        : ''
  const choice = (field: FieldSpec, code: unknown) =>
    pick(field.values?.find((v) => v.code === code)) ||
    pick(terms(field)?.find((c) => c.code === code)) ||
    (field.of === 'platform' ? platform(code) : String(code))
  function value(field: FieldSpec, v: unknown): string {
    if (v === null || v === undefined || v === '') return '—'
    if (field.name === 'template' && te(`dk.notice.${v}`)) return t(`dk.notice.${v}`)
    if (field.name === 'record_type' && te(`dk.type.${v}`)) return t(`dk.type.${v}`)
    if (Array.isArray(v))
      return v.length ? v.map((x) => (typeof x === 'object' ? JSON.stringify(x) : choice(field, x))).join('、') : '—'
    switch (field.type) {
      case 'money':
        return field.unit === 'wan' ? `${yuan(Number(v), 'wan')} ${t('desk.wan')}` : `¥${yuan(Number(v))}`
      case 'bool':
        return t(v ? 'form.yes' : 'form.no')
      case 'time':
        return v ? timeOf(field, v) : ''
      case 'region':
        return region(v)
      case 'platform':
        return platform(v)
      case 'int':
      case 'uint':
        return Number(v).toLocaleString('en-US')
      default:
        return typeof v === 'object' ? JSON.stringify(v, null, 1) : choice(field, v)
    }
  }
  const label = (field: FieldSpec) =>
    pick(field)
      .replace('（分）', '')
      .replace(/ \(fen\)/, '')
  return { t, te, d, locale, site, region, platform, moment, day, category, told, value, label, terms }
}

/** Declarations name a record as it stands within a sentence. */
export const heading = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/** After a drawer has closed: when what opened it has gone from the list, who works by keyboard goes on at the
 * page's beginning. */
export function keepFocus() {
  const at = document.activeElement
  // hidden with the drawer: the browser takes it away a moment later
  if (!at || at === document.body || !at.getClientRects().length) document.getElementById('main')?.focus()
}

/** Whole days since then. */
export const daysSince = (at: string) => Math.max(0, Math.floor((Date.now() - new Date(at).getTime()) / 86_400_000))

/** A text made here, offered as a file. */
export function fileOf(text: string, type: string): string {
  return URL.createObjectURL(new Blob([text], { type }))
}
