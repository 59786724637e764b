// The filters that a list declares (core/record/list.c), as controls and as the query that they make.
import type { LocationQuery } from 'vue-router'
import type { RecordSpec } from '@/api/records'
import { fen } from '@/app/money'
import { whole } from '@/app/number'
import type { FieldSpec } from '@/forms/types'
import { fieldOf } from './shown'

export interface Filter {
  name: string
  kind: 'search' | 'select' | 'date' | 'number'
  field?: FieldSpec
  side?: 'from' | 'to'
  stem?: string
}
const CHOSEN = ['bool', 'enum', 'region', 'platform', 'term']
const NUMBERS = ['int', 'uint', 'money']

/** A control for each filter that a person can use: ids are for programs. */
export function filtersOf(spec: RecordSpec): Filter[] {
  return spec.filters
    .map((name): Filter | null => {
      if (name === 'q') return { name, kind: 'search' }
      if (name === 'phase') return spec.phases.length ? { name, kind: 'select' } : null
      if (name === 'step') return spec.lifecycle?.steps.length ? { name, kind: 'select' } : null
      if (name === 'home') return { name, kind: 'select' }
      const field = fieldOf(spec, name)
      if (field) {
        if (field.type === 'id') return null
        const chosen = field.values?.length || CHOSEN.includes(field.type) || name === 'template'
        return {
          name,
          kind: chosen ? 'select' : NUMBERS.includes(field.type) ? 'number' : field.type === 'date' ? 'date' : 'search',
          field,
        }
      }
      const at = /^(.*)_(from|to)$/.exec(name)
      if (!at) return { name, kind: 'search' }
      const of = [at[1]!, `${at[1]}_at`, `${at[1]}_on`].map((n) => fieldOf(spec, n)).find((f) => f)
      return {
        name,
        kind: of && NUMBERS.includes(of.type) ? 'number' : 'date',
        side: at[2] as 'from' | 'to',
        stem: at[1],
        field: of,
      }
    })
    .filter((f): f is Filter => !!f)
}

/** What was typed as the list takes it: amounts in fen, days as they are (the server knows whose they are); nothing
 * for what is no number. */
function wanted(filter: Filter, text: string): string {
  if (filter.kind !== 'number') return text
  const read = filter.field?.type === 'money' ? fen(text, filter.field.unit) : whole(text)
  return read === null ? '' : String(read)
}

export function queryOf(spec: RecordSpec, asked: LocationQuery): Record<string, string> {
  const out: Record<string, string> = {}
  for (const f of filtersOf(spec)) {
    const given = asked[f.name]
    const value = typeof given === 'string' && given ? wanted(f, given) : ''
    if (value) out[f.name] = value
  }
  if (typeof asked.sort === 'string' && spec.sorts.includes(asked.sort.replace(/^-/, ''))) out.sort = asked.sort
  return out
}
