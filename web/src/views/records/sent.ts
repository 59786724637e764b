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

/** Whether a new one is sent by being made: then it waits for others, and what was filled in is looked over before. */
export function isSentAtOnce(spec: RecordSpec): boolean {
  const first = stepOf(spec, spec.lifecycle?.initial)
  return !!first?.waits?.length && !first.final && !first.waits.some((who) => mine(spec, who))
}

/** What happens next with a row, in sentences; empty where the lifecycle says nothing of it. */
export function followsOf(spec: RecordSpec, row: Row): string[] {
  const step = stepOf(spec, row.step)
  if (!step) return []
  const out = [t('rec.now', { step: row.step_text || pick(step) })]
  const waits = step.waits ?? []
  if (step.final) return [...out, t('rec.over')]
  if (waits.some((who) => mine(spec, who))) return [...out, t('rec.yourTurn')]
  const who = [...new Set(waits.map((w) => word(spec, w)).filter(Boolean))].join(t('rec.and'))
  if (who) out.push(step.deadline ? t('rec.waitsDays', { who, n: step.deadline }) : t('rec.waitsFor', { who }))
  return out
}

/** Who hears of an event, as far as it can be said; in the order of its notices. */
export function toldBy(spec: RecordSpec, event: string): string[] {
  const of = spec.lifecycle?.transitions.find((x) => x.event === event) as { told?: string[] } | undefined
  const names = (of?.told ?? []).map((to) => {
    const role = /^role:(.*)$/.exec(to)?.[1]
    if (role) return word(spec, role)
    return word(spec, to) || (te(`rec.told.${to}`) ? t(`rec.told.${to}`) : '')
  })
  return [...new Set(names.filter(Boolean))]
}
