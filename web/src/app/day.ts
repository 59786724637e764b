/** Days of deadlines, lists and messages are China's, wherever the reader sits: UTC+8, no summer time. The one place
 * of the pages that says so. */
export const ZONE = 'Asia/Shanghai'
const OFFSET_MS = 8 * 3600 * 1000
const DAY_MS = 86_400_000

/** "2026-05-06", the day of an instant there; of now without one. */
export const dayOf = (at: Date | number = Date.now()) => new Date(Number(at) + OFFSET_MS).toISOString().slice(0, 10)
/** Days from today there until a day: 0 today, negative when it is over. */
export const daysUntil = (day: string, now = Date.now()) =>
  Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${dayOf(now)}T00:00:00Z`)) / DAY_MS)
/** The first instant of a day there, and of the one after it, as the API takes times. */
export const dayBegin = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) - OFFSET_MS).toISOString()
export const dayEnd = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) - OFFSET_MS + DAY_MS).toISOString()
export const dayLast = (day: string) => new Date(Date.parse(dayEnd(day)) - 1).toISOString()

/** An instant as a control for day and time shows it there ("2026-05-06T09:30"), and back as the API takes it. */
export const toLocal = (at: string | null | undefined) =>
  at ? new Date(Date.parse(at) + OFFSET_MS).toISOString().slice(0, 16) : ''
export const fromLocal = (text: string) => (text ? new Date(Date.parse(`${text}Z`) - OFFSET_MS).toISOString() : null)
