import { beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetStores } from '@/app/store'
import { allowed, bears, nameOfRow, under, type RecordSpec } from '@/api/records'
import { areaFor, areaOf, AREAS } from '@/app/areas'
import { hasPages, itemOf, recordsOf } from '@/app/menus'
import { recordOf, todoPlace, todoWord } from '@/app/todo'
import { fromLocal, toLocal } from '@/app/day'
import { checkRules, place } from '@/forms/rules'
import { bodyOf, changesOf as changes, laidOver, valuesOf } from '@/forms/values'
import { filtersOf, queryOf } from '@/views/records/filters'
import {
  changesOf,
  childrenOf,
  columnsOf,
  formOf,
  linesOf,
  namedBy,
  referenceOf,
  targetOf,
} from '@/views/records/shown'
import { toldOf } from '@/views/records/words'
import type { FieldSpec } from '@/forms/types'

vi.mock('@/api/client', () => ({ get: vi.fn(), call: vi.fn(), setApiLanguage: vi.fn() }))

const field = (name: string, type: FieldSpec['type'], more: object = {}) => ({
  name,
  type,
  zh: `${name}（分）`,
  en: name,
  in_list: true,
  ...more,
})
const verbs = (...names: string[]) => names.map((verb) => ({ name: verb, verb, method: 'GET', path: '/' }))
const spec = (name: string, more: Partial<RecordSpec> = {}): RecordSpec => ({
  name,
  plural: `${name}s`,
  zh: name,
  en: name,
  phases: [],
  fields: [],
  filters: [],
  sorts: [],
  default_sort: null,
  endpoints: verbs('list', 'get'),
  ...more,
})
const listing = spec('listing', { endpoints: verbs('get') })
const order = spec('order', {
  phases: [{ code: 'draft', zh: '草稿', en: 'Draft' }],
  fields: [
    field('number', 'text', { writable: false }),
    field('listing_id', 'id', { writable: true }),
    field('listing_name', 'text', { writable: false }),
    field('buyer_id', 'id', { writable: false }),
    field('title', 'text'),
    field('title_en', 'text'),
    field('price', 'money'),
    field('budget', 'money', { unit: 'wan' }),
    field('starts_at', 'time'),
    field('body', 'blocks'),
    field('proof', 'file'),
  ],
  filters: ['q', 'phase', 'buyer_id', 'price_from', 'starts_from', 'created_to', 'home'],
  sorts: ['price'],
  refers: [{ field: 'listing_id', to: 'listing', takes: { listing_name: 'name' } }],
})
const step = spec('step', {
  parent: { record: 'order', plural: 'orders', by: 'order_id', phases: { create: ['draft'] } },
  fields: [field('order_id', 'id')],
})
const specs = [order, step, listing]
const names = (fields: { name: string }[]) => fields.map((f) => f.name)

describe('a declared record', () => {
  beforeEach(() => forgetStores())
  it('is listed by what a person calls it, without ids, in the language of the reader', () => {
    expect(names(columnsOf(order, false))).toEqual(['title', 'number', 'listing_name', 'price', 'budget', 'starts_at'])
    expect(names(columnsOf(order, true))[0]).toBe('title_en')
    expect(names(columnsOf(order, true))).not.toContain('title')
  })
  it("is listed by names and what it is sorted by, before the rest; not by one's own name", () => {
    const wide = spec('wide', {
      fields: [
        ...['number', 'a_version', 'n1', 'n2', 'n3', 'n4', 'n5'].map((n) => field(n, 'text')),
        field('home', 'platform'),
        ...['buyer_name', 'seller_name', 'price'].map((n) => field(n, 'text')),
      ],
      sorts: ['price'],
      sides: [{ name: 'seller', zh: '', en: '', by: 'seller_id', mine: true }],
    })
    expect(names(columnsOf(wide, false))).toEqual(['number', 'n1', 'n2', 'n3', 'buyer_name', 'price'])
  })
  it('tells on its page no id whose name stands beside it, and nothing that is not there', () => {
    const row = { id: '1', version: 1, listing_id: 'x', listing_name: '检测', buyer_id: 'y', price: 0, title: '' }
    expect(names(linesOf(order, row))).toEqual(['listing_name', 'buyer_id', 'price'])
    const told = spec('told', { fields: [field('reason', 'text'), field('reason_en', 'text')] })
    const both = { id: '1', version: 1, reason: '原因', reason_en: 'why' }
    expect(names(linesOf(told, both, false))).toEqual(['reason'])
    expect(names(linesOf(told, both, true))).toEqual(['reason_en'])
    expect(names(linesOf(told, { ...both, reason_en: null }, true))).toEqual(['reason'])
    expect(names(changesOf(order, { listing_id: 'x', listing_name: '检测', proof: 'f', unknown: 1 }))).toEqual([
      'listing_name',
    ])
    expect(namedBy(order, order.fields![1])?.name).toBe('listing_name')
    expect(names(childrenOf(order, specs))).toEqual(['step'])
  })
  it('leads from an id to the record that is declared, or that its name tells of', () => {
    expect(targetOf(order, order.fields![1], specs)?.name).toBe('listing')
    expect(targetOf(step, step.fields![0], specs)?.name).toBe('order')
    expect(referenceOf(order, order.fields![1], specs)?.to).toBe('listing')
    expect(referenceOf(order, order.fields![3], specs)).toBeUndefined()
  })
  it('is written by its fields, or by the form of the platform with what that adds', () => {
    const plain = formOf(order, specs, ['title_en'])
    expect(names(plain.fields)).toEqual(['listing_id', 'title', 'price', 'budget', 'starts_at', 'body'])
    expect(plain.fields[1].zh).toBe('title')
    const form = [
      {
        zh: '一',
        en: 'One',
        fields: [{ ...field('title', 'text'), required: true }, field('extra', 'text'), field('number', 'text')],
      },
    ]
    const own = formOf({ ...order, form }, specs)
    expect(own.sections[0].fields).toEqual(['title', 'extra'])
    expect(own.fields[0].required).toBe(true)
  })
  it('takes filters that a person can use, amounts as they are typed, and sorts that there are', () => {
    expect(filtersOf(order).map((f) => `${f.name} ${f.kind}`)).toEqual([
      'q search',
      'phase select',
      'price_from number',
      'starts_from date',
      'created_to date',
      'home select',
    ])
    expect(queryOf(order, { price_from: '1,200.5', starts_from: '2026-05-06', buyer_id: 'x', sort: '-price' })).toEqual(
      {
        price_from: '120050',
        starts_from: '2026-05-06',
        sort: '-price',
      },
    )
    expect(queryOf(order, { price_from: 'much', sort: 'secret' })).toEqual({})
  })
  it('may be changed in the phases that the declaration names', () => {
    const endpoints = [...verbs('get'), { name: 'u', verb: 'update', method: 'PATCH', path: '/', phases: ['draft'] }]
    const here = { ...order, endpoints }
    expect(allowed(here, 'update', { id: '1', version: 1, phase: 'draft' })).toBe(true)
    expect(allowed(here, 'update', { id: '1', version: 1, phase: 'ended' })).toBe(false)
    expect(allowed(here, 'delete', { id: '1', version: 1, phase: 'draft' })).toBe(false)
  })
  it('has children in the phases that the declaration names, listed and made under it', () => {
    const bid = { ...step, endpoints: verbs('list', 'create') }
    expect(bears(bid, { id: '1', version: 1, phase: 'draft' })).toBe(true)
    expect(bears(bid, { id: '1', version: 1, phase: 'ended' })).toBe(false)
    expect(bears(step, { id: '1', version: 1, phase: 'draft' })).toBe(false)
    expect(under(step, '1')).toBe('orders/1/steps')
  })
  it('says what is under way to its home, and why the last was refused', () => {
    const asked = (...states: string[]) =>
      toldOf({ id: '1', version: 1, asked: states.map((state) => ({ key: state, state })) })
    expect(toldOf({ id: '1', version: 1 })).toEqual([])
    expect(asked('sent', 'refused').map((a) => a.state)).toEqual(['sent'])
    expect(asked('refused', 'withdrawing').map((a) => a.state)).toEqual(['refused', 'withdrawing'])
    expect(asked('done', 'refused')).toEqual([])
  })
  it('names a row by its name, its title, its number, or its first text', () => {
    expect(nameOfRow(order, { id: '1', version: 1, number: 'DD-1', title: '甲', title_en: 'A' })).toBe('甲')
    expect(nameOfRow(order, { id: '1', version: 1, title: '甲', title_en: 'A' }, true)).toBe('A')
    expect(nameOfRow(order, { id: '1', version: 1, listing_name: '检测' })).toBe('检测')
    expect(nameOfRow(order, { id: '1', version: 1, listing_name: '检测', number: 'DD-1' })).toBe('检测 DD-1')
    expect(nameOfRow(order, null)).toBe('')
  })
})

describe('a form', () => {
  const fields = [
    field('a', 'text'),
    field('tags', 'list'),
    field('c', 'text', { extra: true }),
    field('d', 'uint', { extra: true }),
  ]
  const row = { id: '1', a: 'x', tags: null, extra: { c: 'y' } }
  it('reads what the platform added from where it lies', () => {
    expect(valuesOf(fields, row)).toEqual({ a: 'x', tags: [], c: 'y', d: null })
    expect(valuesOf(fields)).toEqual({ a: null, tags: [], c: null, d: null })
  })
  it('sends for a new row what was filled in, for another what was changed', () => {
    expect(bodyOf(fields, { a: 'x', tags: [], c: '', d: 3 })).toEqual({ a: 'x', extra: { d: 3 } })
    expect(bodyOf(fields, { a: 'x', tags: ['t'], c: '', d: null })).toEqual({ a: 'x', tags: ['t'] })
    const before = valuesOf(fields, row)
    expect(changes(fields, { ...before }, before)).toEqual({})
    expect(changes(fields, { ...before, a: '' }, before)).toEqual({ a: null })
    expect(changes(fields, { ...before, d: 3 }, before)).toEqual({ extra: { c: 'y', d: 3 } })
  })
  it('lays what was typed over what somebody else saved', () => {
    const before = valuesOf(fields, row)
    const fresh = { ...row, a: 'theirs', extra: { c: 'theirs' } }
    expect(laidOver(fields, fresh, { ...before, c: 'mine' }, before)).toMatchObject({ a: 'theirs', c: 'mine' })
  })
  it("finds the place of a fault in what the platform's form adds", () => {
    expect(place([{ pointer: '/extra/c', code: 'x', zh: '错', en: 'wrong' }], ['c'], 'en')).toEqual({ c: 'wrong' })
  })
})

describe('what fields say together', () => {
  const fields = [field('a', 'text'), field('b', 'text'), field('c', 'text')] as FieldSpec[]
  const t = (key: string, args?: Record<string, unknown>) => `${key} ${args?.n ?? args?.other ?? ''}`.trim()
  const told = (rule: object, values: object) =>
    checkRules('op' in rule ? { compare: [rule as never] } : { groups: [rule as never] }, fields, values as never, t)
  it('counts a group', () => {
    const least = { fields: ['a', 'b'], at_least: 1, at_most: 2 }
    expect(told(least, {})).toEqual({ a: 'form.groupLeast 1' })
    expect(told(least, { b: 'x' })).toEqual({})
    expect(told({ fields: ['a', 'b'], at_least: 0, at_most: 1 }, { a: 'x', b: 'x' })).toEqual({ a: 'form.groupMost 1' })
    expect(told({ fields: ['a', 'b', 'c'], at_least: 2, at_most: 2 }, { a: 'x' })).toEqual({ a: 'form.groupExactly 2' })
  })
  it('compares two that are both there, and tells it at the first', () => {
    const rule = { left: 'a', op: '<=', right: 'b' }
    expect(told(rule, { a: '2026-05-07', b: '2026-05-06' }).a).toMatch(/^form.compare.atMost b/)
    expect(told(rule, { a: '2026-05-06', b: '2026-05-06' })).toEqual({})
    expect(told(rule, { a: '2026-05-06' })).toEqual({})
    expect(told({ left: 'a', op: '!=', right: 'b' }, { a: 1, b: 1 }).a).toMatch(/^form.compare.other/)
  })
  it('leaves to the server what is not in this form', () => {
    expect(told({ fields: ['a', 'elsewhere'], at_least: 1, at_most: 2 }, {})).toEqual({})
  })
})

describe('areas', () => {
  const [desk, center, enterprise] = AREAS
  it('are told by path and by role', () => {
    expect(areaOf('/enterprise/records/orders')).toBe(enterprise)
    expect(areaOf('/enterprises')).toBeUndefined()
    expect(areaOf('/desk?box=sent')).toBe(desk)
    expect(areaFor(['staff'])).toBe(center)
    expect(areaFor(['guest'])).toBeUndefined()
  })
  it('list what has no page of its own, and no child', () => {
    const institutions = spec('institution')
    expect(names(recordsOf('enterprise', [...specs, institutions]))).toEqual(['order'])
    expect(hasPages('enterprise', step)).toBe(true)
    const side = { name: 'bidder', zh: '', en: '', by: 'bidder_id', mine: true }
    expect(names(recordsOf('center', [{ ...step, sides: [side] }]))).toEqual(['step'])
    expect(recordsOf('center', [{ ...step, sides: [{ ...side, by: null }] }])).toEqual([])
    expect(hasPages('desk', listing)).toBe(false)
    expect(itemOf('/enterprise/records/orders')?.roles).toEqual(['enterprise'])
    expect(itemOf('/services')).toBeUndefined()
  })
  it('lead from what waits to where it is done', () => {
    expect(todoPlace(desk, { type: 'entry_case', id: '1' }, specs)).toBe('/desk/cases/1')
    expect(todoPlace(enterprise, { type: 'order', id: '1' }, specs)).toBe('/enterprise/records/orders/1')
    expect(todoPlace(center, { type: 'order_sent', id: '1' }, specs)).toBe('/center/records/orders/1')
    expect(todoPlace(center, { type: 'nobody_knows', id: '1' }, specs)).toBe('/center')
    expect(recordOf('order_sent', specs)).toBe(order)
    expect(todoWord({ type: 'order', title: 'an order' }, specs)).toBe('An order')
  })
})

describe('a day and a time', () => {
  it('are of China, there and back', () => {
    expect(toLocal('2026-05-06T16:30:00Z')).toBe('2026-05-07T00:30')
    expect(fromLocal('2026-05-07T00:30')).toBe('2026-05-06T16:30:00.000Z')
    expect(toLocal(null)).toBe('')
    expect(fromLocal('')).toBeNull()
  })
})
