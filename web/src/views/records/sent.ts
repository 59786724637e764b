// What follows after a row was made or moved: whose turn it is, told by the declared lifecycle alone.
import type { RecordSpec, Row } from '@/api/records'
import { useSession } from '@/app/session'
import { pick, t, te } from '@/i18n'

/** Who may fire something from a step, by sides and roles, as GET /meta names them. */
interface Waiting {
  name: string
  zh: string
  en: string
  deadline?: number | null
  final?: boolean
  waits?: string[]
}
const stepsOf = (spec: RecordSpec) => (spec.lifecycle?.steps ?? []) as unknown as Waiting[]
const stepOf = (spec: RecordSpec, name: string | undefined) => stepsOf(spec).find((s) => s.name === name)

const side = (spec: RecordSpec, name: string) => spec.sides?.find((s) => s.name === name)
/** Whether it is among those whom the reader stands for. */
const mine = (spec: RecordSpec, who: string) => !!side(spec, who)?.mine || useSession().has(who)
function word(spec: RecordSpec, who: string): string {
  const of = side(spec, who)
  return of ? pick(of) : te(`dk.role.${who}`) ? t(`dk.role.${who}`) : ''
}

const wordsOf = (spec: RecordSpec, who: string[]) => [...new Set(who.map((w) => word(spec, w)).filter(Boolean))]

/** Whether a new one is sent by being made: then it waits for others, and what was filled in is looked over before. */
export function isSentAtOnce(spec: RecordSpec): boolean {
  const first = stepOf(spec, spec.lifecycle?.initial)
  return !!first?.waits?.length && !first.final && !first.waits.some((who) => mine(spec, who))
}

/** Whose turn it is: where one way leads forward (tone: primary), theirs who may go it; who may only take back waits
 * for them. null: the reader's. */
function turnOf(spec: RecordSpec, step: Waiting): string[] | null {
  const waits = step.final ? [] : (step.waits ?? [])
  const forward = (spec.lifecycle?.transitions ?? []).filter((x) => x.from.includes(step.name) && x.tone === 'primary')
  const others = waits.filter((who) => !mine(spec, who))
  if (others.length === waits.length || !others.length) return others.length ? others : waits.length ? null : []
  return forward.length && !forward.some((x) => x.open_to_me) ? others : null
}

/** What happens next with a row, in sentences; empty where the lifecycle says nothing of it. */
export function followsOf(spec: RecordSpec, row: Row): string[] {
  const step = stepOf(spec, row.step)
  if (!step) return []
  const out = [t('rec.now', { step: row.step_text || pick(step) })]
  const waits = turnOf(spec, step)
  if (step.final) return [...out, t('rec.over')]
  if (!waits) return [...out, t('rec.yourTurn')]
  const who = wordsOf(spec, waits).join(t('rec.and'))
  if (who) out.push(step.deadline ? t('rec.waitsDays', { who, n: step.deadline }) : t('rec.waitsFor', { who }))
  return out
}

/** In whose to-do list a row stands now, if not in one's own: what waits for somebody stands there by itself. */
export function findsOf(spec: RecordSpec, row: Row): string[] {
  const step = stepOf(spec, row.step)
  return wordsOf(spec, (step && turnOf(spec, step)) || []).map((who) => t('rec.inTodo', { who }))
}

/** What happens next with a row whose home is elsewhere: it is there that what was asked is done, or refused. */
export const followsElsewhere = (home: string): string[] => [t('rec.homeDoes', { name: home }), t('rec.homeTells')]

/** Who hears of an event, as far as it can be said; in the order of its notices. */
export function toldBy(spec: RecordSpec, event: string): string[] {
  const of = spec.lifecycle?.transitions.find((x) => x.event === event) as { told?: string[] } | undefined
  const names = (of?.told ?? []).map((to) => {
    const who = /^(?:role|side):(.*)$/.exec(to)?.[1]
    if (who) return word(spec, who)
    return word(spec, to) || (te(`rec.told.${to}`) ? t(`rec.told.${to}`) : '')
  })
  return [...new Set(names.filter(Boolean))]
}
