// What a field can be chosen from: declared values, regions, platforms of the network, terms of the platform's
// dictionaries.
import { type Category, offered, type Site, useSite } from '@/app/site'
import { pick } from '@/i18n'
import type { FieldSpec } from './types'

export interface Option {
  value: string
  label: string
}

/** The dictionary of a field: declared, or told by what such fields are called since before there were terms. */
export function termsOf(field: FieldSpec, site: Site | null): Category[] | undefined {
  if (!site) return undefined
  const named = field.terms && (site as unknown as Record<string, Category[] | undefined>)[field.terms]
  if (named || field.type === 'term' || field.of === 'term') return named || undefined
  if (field.name === 'category' || field.name === 'categories') return site.categories
  if (field.name === 'industry' || field.name === 'industries') return site.industries
  return field.name === 'kind' && field.type === 'text' && site.qualifications.length ? site.qualifications : undefined
}

/** Those that can be chosen now, and what stands there already, whatever became of it. Null: the field is typed. */
export function optionsOf(field: FieldSpec, had: unknown): Option[] | null {
  const { site } = useSite()
  if (field.values?.length) return field.values.map((v) => ({ value: v.code, label: pick(v) }))
  if (field.type === 'region') return (site?.regions ?? []).map((r) => ({ value: r.code, label: r.name }))
  if (field.type === 'platform' || field.of === 'platform')
    return (site?.network ?? []).map((p) => ({ value: p.slug, label: pick(p.name) }))
  const terms = termsOf(field, site)
  if (!terms) return field.type === 'term' ? [] : null
  const known = offered(terms, had).map((c) => ({ value: c.code, label: pick(c) }))
  const kept = (Array.isArray(had) ? had : had ? [had] : [])
    .map(String)
    .filter((code) => !known.some((o) => o.value === code))
  return [...known, ...kept.map((code) => ({ value: code, label: code }))]
}
