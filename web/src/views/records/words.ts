// What a row's state is called, and what was asked of another platform about it.
import { phaseWord, type RecordSpec, type Row } from '@/api/records'

export const wordOf = (spec: RecordSpec, row: Row) => row.step_text || (row.phase ? phaseWord(spec, row.phase) : '')

/** What was asked of the row's home: sent (or being withdrawn) until it is answered by done, refused or withdrawn. */
export interface Asked {
  key: string
  event: string
  text: string
  by: string | null
  state: string
  sent_at: string
  answered_at?: string | null
  reason?: string | null
}

/** The newest first, as the server gives them. */
export const askedOf = (row: Row) => (Array.isArray(row.asked) ? (row.asked as Asked[]) : [])
export const isOpen = (asked: Asked) => asked.state === 'sent' || asked.state === 'withdrawing'
/** What a page tells: what is under way; else why the last was refused, as long as nothing was asked since. */
export const toldOf = (row: Row) => askedOf(row).filter((a, i) => isOpen(a) || (i === 0 && a.state === 'refused'))
