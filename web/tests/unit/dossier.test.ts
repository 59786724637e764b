import { describe, expect, it } from 'vitest'
import type { CaseDetail, Condition } from '@/api/desk'
import type { RecordSpec } from '@/api/records'
import { dossierOf, isBarred } from '@/views/desk/case/dossier'

const field = (name: string, type = 'text') => ({ name, type, zh: name, en: name })
const META = {
  name: 'institution',
  fields: [
    field('name'),
    field('address'),
    field('annual_income', 'money'),
    field('qualified_staff', 'uint'),
    field('legal_representative'),
    field('type', 'enum'),
    field('logo', 'file'),
  ],
} as unknown as RecordSpec
const condition = (id: string, more: Partial<Condition> = {}): Condition => ({
  id,
  zh: id,
  en: id,
  state: 'met',
  ...more,
})
const detail = (more: object = {}) =>
  ({
    case: {
      dossier: {
        institution: {
          name: 'A',
          address: '1',
          annual_income: 900,
          qualified_staff: null,
          type: 'expert',
          extra: { seats: 4 },
        },
        recommendation: { annual_income: 880 },
      },
    },
    conditions: [
      condition('income', { facts: [{ field: 'annual_income', beside: 'annual_income', value: '880' }] }),
      condition('qualified', {
        state: 'not_stated',
        facts: [{ field: 'qualified_percent', beside: 'qualified_staff', value: null }],
      }),
      condition('integrity', { state: 'judgement', facts: [] }),
    ],
    timeline: [],
    changes: [],
    ...more,
  }) as unknown as CaseDetail
const names = (d: ReturnType<typeof dossierOf>) => d.sections.map((s) => [s.title, s.rows.map((r) => r.field.name)])

describe('a dossier', () => {
  it('is grouped by the profile, what belongs nowhere comes last, what is in the head is not repeated', () => {
    expect(names(dossierOf(detail(), META, {}, 'more'))).toEqual([
      ['基本信息', ['address']],
      ['经营与人员', ['annual_income', 'qualified_staff']],
      ['more', ['type']],
    ])
  })
  it('is grouped by the form of the platform where it has one, with its own fields', () => {
    const form = [
      { zh: '一', en: 'One', fields: [field('annual_income', 'money'), field('seats', 'uint')] },
      { zh: '二', en: 'Two', fields: [field('address'), field('type', 'enum'), field('qualified_staff', 'uint')] },
    ]
    const made = dossierOf(detail(), { ...META, form } as unknown as RecordSpec, {}, 'more')
    expect(names(made)).toEqual([
      ['一', ['annual_income', 'seats']],
      ['二', ['address', 'type', 'qualified_staff']],
    ])
    expect(made.sections[0]!.rows[1]!.value).toBe(4)
  })
  it('puts each condition beside its figure, derived ones too, and leaves to people what no figure tells', () => {
    const made = dossierOf(detail(), META, {}, 'more')
    const beside = Object.fromEntries(
      made.sections.flatMap((s) => s.rows.map((r) => [r.field.name, r.conditions.map((c) => c.id)])),
    )
    expect(beside).toMatchObject({ annual_income: ['income'], qualified_staff: ['qualified'], address: [] })
    expect(made.loose.map((c) => c.id)).toEqual(['integrity'])
  })
  it('loses no condition whose figure the form does not have', () => {
    const lost = condition('old', { facts: [{ field: 'gone', beside: 'gone', value: null }] })
    expect(dossierOf(detail({ conditions: [lost] }), META, {}, 'more').loose).toEqual([lost])
    expect(dossierOf(detail(), undefined, {}, 'more').loose).toHaveLength(3)
  })
  it('says what the city states, what the institution says, and what it was before', () => {
    const change = { what: { facts: [{ id: 'annual_income', zh: '', en: '', from: 100, to: 880 }], conditions: [] } }
    const of = (more: object) =>
      dossierOf(detail(more), META, {}, 'more').sections[1]!.rows.find((r) => r.field.name === 'annual_income')!
    expect(of({})).toMatchObject({ value: 880, own: 900, fresh: false })
    expect(of({}).was).toBeUndefined()
    expect(of({ timeline: [change] })).toMatchObject({ was: 100, fresh: false })
    expect(of({ timeline: [change], changes: [change] })).toMatchObject({ was: 100, fresh: true })
  })
  it('takes people from the profile, since no dossier holds them', () => {
    const made = dossierOf(detail(), META, { legal_representative: '赵', address: '2' }, 'more')
    expect(made.sections[0]!.rows.map((r) => [r.field.name, r.value])).toEqual([
      ['address', '1'],
      ['legal_representative', '赵'],
    ])
  })
})

it('what bars and fails is judged by nobody', () => {
  expect(isBarred(condition('x', { state: 'failed', mode: 'bars' }))).toBe(true)
  expect(isBarred(condition('x', { state: 'failed', mode: 'informs' }))).toBe(false)
  expect(isBarred(condition('x', { state: 'failed', mode: 'bars', judged: { by: 'x' } }))).toBe(false)
})
