import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'
import { stretches } from '@/app/rows'
import type { Pager } from '@/app/list'
import DataList from '@/components/DataList.vue'
import ListFilters from '@/components/ListFilters.vue'
import ListPages from '@/components/ListPages.vue'

interface Row {
  id: string
  name: string
  price: number
}
const some = (n: number, from = 0): Row[] =>
  Array.from({ length: n }, (_, i) => ({ id: `r${from + i}`, name: `产品 ${from + i}`, price: i }))
const columns = [
  { key: 'name', label: '名称', sort: 'name' },
  { key: 'price', label: '价格', sort: 'price' },
  { key: 'actions', label: '操作' },
]
const pagerOf = (over: Partial<Pager> = {}): Pager =>
  reactive({
    total: 230,
    totalMore: false,
    size: 50,
    offset: 0,
    shown: 50,
    next: true,
    failed: false,
    news: 0,
    gone: [],
    box: 0,
    setSize: vi.fn(),
    jump: vi.fn(),
    refresh: vi.fn(),
    ...over,
  })
const table = (props: object) =>
  mount(DataList<Row>, { props: { rows: some(50), columns, ...props } as never, global: { stubs: ['el-button'] } })

beforeEach(() => {
  window.matchMedia = (() => ({ matches: false, addEventListener() {}, removeEventListener() {} })) as never
})

describe('a table', () => {
  it('says how many there are, and at what bound it stopped counting', async () => {
    const pager = pagerOf()
    const wrapper = table({ pager })
    expect(wrapper.find('.total').text()).toBe('list.total')
    pager.totalMore = true
    await nextTick()
    expect(wrapper.find('.total').text()).toBe('list.totalMore')
  })

  it('sorts by its heads: up, down, as usual', async () => {
    const wrapper = table({ usualSort: '-price' })
    const heads = wrapper.findAll('th[scope=col]')
    expect(heads.map((h) => h.attributes('aria-sort'))).toEqual(['none', 'descending', undefined])
    const press = async (at: number) => {
      await wrapper.findAll('.sort')[at]!.trigger('click')
      const told = wrapper.emitted('update:sort')!.at(-1)![0] as string
      await wrapper.setProps({ sort: told } as never)
      return told
    }
    expect(await press(0)).toBe('name')
    expect(wrapper.find('th[scope=col]').attributes('aria-sort')).toBe('ascending')
    expect(await press(0)).toBe('-name')
    expect(await press(0)).toBe('')
    expect(await press(1)).toBe('price')
  })

  it('keeps what was chosen on other pages', async () => {
    const first = some(2)
    const wrapper = table({ rows: first, selectable: true, pager: pagerOf(), selected: [] })
    const update = async () => wrapper.setProps({ selected: wrapper.emitted('update:selected')!.at(-1)![0] } as never)
    await wrapper.find('thead input').setValue(true)
    await update()
    await wrapper.setProps({ rows: some(2, 10) } as never)
    await wrapper.findAll('tbody input')[0]!.setValue(true)
    await update()
    expect((wrapper.props('selected') as Row[]).map((r) => r.id)).toEqual(['r0', 'r1', 'r10'])
    // The box in the head speaks of this page alone.
    await wrapper.find('thead input').setValue(true)
    await update()
    await wrapper.find('thead input').setValue(false)
    await update()
    expect((wrapper.props('selected') as Row[]).map((r) => r.id)).toEqual(['r0', 'r1'])
    await wrapper.find('.batch .link').trigger('click')
    expect(wrapper.emitted('update:selected')!.at(-1)![0]).toEqual([])
  })

  it('offers all of the filter once the page is chosen, if they are not too many', async () => {
    const rows = some(50)
    const pager = pagerOf()
    const wrapper = table({ rows, selectable: true, wholeFilter: true, pager, selected: rows })
    const offer = () => wrapper.findAll('.batch .link').map((b) => b.text())
    expect(offer()).toEqual(['list.unchoose', 'list.chooseAll'])
    await wrapper.findAll('.batch .link')[1]!.trigger('click')
    expect(wrapper.emitted('update:everything')!.at(-1)).toEqual([true])
    const many = table({ rows, selectable: true, wholeFilter: true, pager: pagerOf({ total: 501 }), selected: rows })
    expect(many.findAll('.batch .link').map((b) => b.text())).toEqual(['list.unchoose'])
    expect(many.find('.batch .muted').text()).toBe('list.tooMany')
  })

  it('gives up "all" for what is left of the page when one is unticked', async () => {
    const rows = some(3)
    const wrapper = table({
      rows,
      selectable: true,
      wholeFilter: true,
      pager: pagerOf(),
      selected: rows,
      everything: true,
    })
    await wrapper.findAll('tbody input')[0]!.setValue(false)
    expect(wrapper.emitted('update:everything')!.at(-1)).toEqual([false])
    expect((wrapper.emitted('update:selected')!.at(-1)![0] as Row[]).map((r) => r.id)).toEqual(['r1', 'r2'])
  })

  it('marks what has gone, offers what came, and moves nothing by itself', async () => {
    const pager = pagerOf({ news: 3, gone: ['r1'] })
    const wrapper = table({ pager, selectable: true })
    expect(wrapper.find('tr[data-id=r1]').classes()).toContain('gone')
    expect(wrapper.find('tr[data-id=r1] input').attributes('disabled')).toBeDefined()
    await wrapper.find('.news').trigger('click')
    expect(pager.refresh).toHaveBeenCalledOnce()
  })

  it('shows columns as the person set them, the actions last', () => {
    localStorage.setItem('qilian.list.visitor.layout.t', JSON.stringify({ order: ['price', 'name'], hidden: [] }))
    const wrapper = table({ remember: 't' })
    expect(wrapper.findAll('th[scope=col]').map((h) => h.text().replace(/[▲▼↕]/, ''))).toEqual(['价格', '名称', '操作'])
    localStorage.setItem('qilian.list.visitor.layout.t', JSON.stringify({ hidden: ['price'] }))
    expect(table({ remember: 't' }).findAll('th[scope=col]')).toHaveLength(2)
    localStorage.setItem('qilian.list.visitor.layout.t', '{"order": ')
    expect(table({ remember: 't' }).findAll('th[scope=col]')).toHaveLength(3)
    localStorage.clear()
  })

  it('draws of a long list what can be seen, and tells how long it is', () => {
    const wrapper = table({ rows: some(2000), pager: pagerOf({ total: 2000, next: false }) })
    const drawn = wrapper.findAll('tr[data-id]')
    expect(drawn.length).toBeLessThan(80)
    expect(wrapper.find('table').attributes('aria-rowcount')).toBe('2001')
    expect(drawn[0]!.attributes('aria-rowindex')).toBe('2')
    expect(drawn.at(-1)!.attributes('aria-rowindex')).toBe(String(drawn.length + 1))
  })
})

describe('the rows that are drawn', () => {
  const even = () => 50
  const total = (parts: ReturnType<typeof stretches>) =>
    parts.reduce((sum, p) => sum + (p.gap || (p.to - p.from) * 50), 0)
  it('are those in view with some around, and the table is as high as with all', () => {
    const parts = stretches(1000, even, 20_000, 800, -1)
    const drawn = parts.find((p) => !p.gap)!
    expect(drawn.from).toBeLessThan(400)
    expect(drawn.to).toBeGreaterThan(416)
    expect(drawn.to - drawn.from).toBeLessThan(60)
    expect(total(parts)).toBe(50_000)
  })
  it('hold the one with the focus, above and below', () => {
    for (const focused of [3, 990]) {
      const parts = stretches(1000, even, 20_000, 800, focused)
      expect(parts.some((p) => !p.gap && p.from === focused && p.to === focused + 1)).toBe(true)
      expect(total(parts)).toBe(50_000)
      expect(parts.map((p) => p.from)).toEqual([...parts.map((p) => p.from)].sort((a, b) => a - b))
    }
  })
  it('end with the list', () => {
    expect(total(stretches(600, even, 1_000_000, 800, -1))).toBe(30_000)
    expect(stretches(0, even, 0, 800, -1)).toEqual([{ from: 0, to: 0, gap: 0 }])
  })
})

describe('what a list is narrowed by', () => {
  it('has its controls unless it says that there are none', () => {
    const form = (bare?: boolean) =>
      mount(ListFilters, { props: bare === undefined ? {} : { bare } })
        .find('form')
        .exists()
    expect([form(), form(false), form(true)]).toEqual([true, true, false])
  })
})

describe('the foot of a list', () => {
  const foot = (over: Partial<Pager>) => {
    const pager = pagerOf(over)
    return { pager, wrapper: mount(ListPages, { props: { pager, more: false }, global: { stubs: ['el-button'] } }) }
  }
  it('names the first, the last and those around', async () => {
    const { wrapper, pager } = foot({ total: 1000, offset: 450 })
    expect(wrapper.findAll('li').map((li) => li.text())).toEqual([
      '‹',
      '1',
      '…',
      '8',
      '9',
      '10',
      '11',
      '12',
      '…',
      '20',
      '›',
    ])
    expect(wrapper.find('[aria-current=page]').text()).toBe('10')
    await wrapper.find('form input').setValue('17')
    await wrapper.find('form').trigger('submit')
    expect(pager.jump).toHaveBeenLastCalledWith(17)
    await wrapper.find('form input').setValue('99')
    await wrapper.find('form').trigger('submit')
    expect(pager.jump).toHaveBeenLastCalledWith(20)
    await wrapper.find('form input').setValue('zwei')
    await wrapper.find('form').trigger('submit')
    expect(pager.jump).toHaveBeenCalledTimes(2)
  })
  it('counts as pages what was asked for below', () => {
    const { wrapper } = foot({ total: 230, offset: 50, shown: 100 })
    expect(wrapper.findAll('[aria-current=page]').map((b) => b.text())).toEqual(['2', '3'])
  })
  it('is not there where all is shown', () => {
    expect(foot({ total: 12, shown: 12 }).wrapper.find('.foot').exists()).toBe(false)
    expect(foot({ total: null }).wrapper.find('nav').exists()).toBe(false)
  })
})
