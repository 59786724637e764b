// What a row's state is called, and what was asked of another platform about it.
import { phaseWord, type RecordSpec, type Row } from '@/api/records'
import { pick } from '@/i18n'

export const wordOf = (spec: RecordSpec, row: Row) => row.step_text || (row.phase ? phaseWord(spec, row.phase) : '')

interface Bilingual {
  zh?: string | null
  en?: string | null
}
/** What was fired on a copy and sent to its home. No answer yet: under way. */
export interface Asked {
  event: string
  sent_at: string
  answer?: string | null
  reason?: Bilingual | string | null
  reason_en?: string | null
}

export const askedOf = (row: Row) => (row.asked && typeof row.asked === 'object' ? (row.asked as Asked) : null)
/** Why the home said no, in the reader's language; empty when it did not say. */
export function reasonOf(asked: Asked): string {
  const { reason } = asked
  if (!reason) return ''
  if (typeof reason === 'string') return pick({ zh: reason, en: asked.reason_en ?? reason })
  return pick({ zh: reason.zh ?? '', en: reason.en ?? '' })
}
/** An event's words as the record's course says them. */
export const eventWord = (spec: RecordSpec, event: string) =>
  pick(spec.lifecycle?.transitions.find((x) => x.event === event)) || event
