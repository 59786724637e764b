import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createRouter, createWebHistory } from 'vue-router'
import { watchBack } from '@/app/arrival'
import { defineComponent, h, ref } from 'vue'

const { listeners } = vi.hoisted(() => ({ listeners: new Set<() => void>() }))
vi.mock('@/app/live', () => ({
  onLive: (fn: () => void) => {
    listeners.add(fn)
    return () => listeners.delete(fn)
  },
}))
import { useList, type Beside } from '@/app/list'

interface Row {
  id: string
  said?: string
}
const happens = async () => {
  listeners.forEach((fn) => fn())
  await flushPromises()
}

/** A server with so many rows, pages by the last id, and a list upon it. */
function shelf(count: number, options: Parameters<typeof useList>[1] = {}) {
  const rows: Row[] = Array.from({ length: count }, (_, i) => ({ id: String(1000 + i) }))
  const asked: (number | undefined)[] = []
  let list!: ReturnType<typeof useList<Row>>
  const ask = async (cursor: string | undefined, limit: number, beside: Beside) => {
    asked.push(limit)
    const from = cursor ? rows.findIndex((r) => r.id > cursor) : (beside.offset ?? 0)
    const items = from < 0 ? [] : rows.slice(from, from + limit)
    return {
      items,
      next: from >= 0 && from + limit < rows.length ? items[items.length - 1].id : null,
      ...(beside.total ? { total: rows.length, total_more: false } : {}),
    }
  }
  const wrapper = mount(
    defineComponent({
      setup() {
        list = useList<Row>(ask, { size: 50, most: 100, ...options })
        return () => h('div')
      },
    }),
  )
  return { rows, asked, list, wrapper }
}

describe('a list with pages', () => {
  beforeEach(() => {
    listeners.clear()
  })
  it('shows after a change elsewhere as much as before, whatever the server gives at once', async () => {
    const { rows, list, asked } = shelf(400)
    await list.load()
    for (let i = 0; i < 4; i++) await list.more()
    expect(list.rows.value).toHaveLength(250)
    rows[3] = { id: rows[3].id, said: 'changed' }
    asked.length = 0
    await happens()
    expect(list.rows.value).toHaveLength(250)
    expect(list.rows.value[3].said).toBe('changed')
    expect(asked).toEqual([100, 100, 50])
    await list.more()
    expect(new Set(list.rows.value.map((r) => r.id)).size).toBe(300)
  })
  it('never shows a row twice when one slipped in between two pages', async () => {
    const { rows, list } = shelf(60)
    await list.load()
    rows.unshift({ id: '0999' })
    await list.more()
    expect(new Set(list.rows.value.map((r) => r.id)).size).toBe(list.rows.value.length)
  })
  it('waits while something is held, and catches up afterwards', async () => {
    const held = ref(true)
    const { rows, list } = shelf(3, { hold: () => held.value })
    await list.load()
    rows.push({ id: '2000' })
    await happens()
    expect(list.rows.value).toHaveLength(3)
    expect(list.pager.news).toBe(0)
    held.value = false
    await flushPromises()
    expect(list.pager.news).toBe(1)
  })
  it('moves no row for what came, changed or went, and tells of it', async () => {
    const { rows, list } = shelf(100)
    await list.load()
    rows.unshift({ id: '0998' }, { id: '0999' })
    rows[2] = { id: '1000', said: 'changed' }
    rows.splice(6, 1) // 1004
    await happens()
    expect(list.rows.value.map((r) => r.id)).toEqual(Array.from({ length: 50 }, (_, i) => String(1000 + i)))
    expect(list.rows.value[0].said).toBe('changed')
    expect([list.pager.news, list.pager.gone, list.pager.total]).toEqual([2, ['1004'], 101])
    await list.pager.refresh()
    expect(list.rows.value.slice(0, 3).map((r) => r.id)).toEqual(['0998', '0999', '1000'])
    expect([list.pager.news, list.pager.gone]).toEqual([0, []])
  })
  it('takes what was pushed over the end of the page for what it is', async () => {
    const { rows, list } = shelf(100)
    await list.load()
    rows.unshift({ id: '0999' })
    await happens()
    expect([list.pager.news, list.pager.gone]).toEqual([1, []])
  })
  it('shows at once what comes to an empty list', async () => {
    const { rows, list } = shelf(0)
    await list.load()
    rows.push({ id: '1' })
    await happens()
    expect(list.rows.value).toHaveLength(1)
    expect(list.pager.news).toBe(0)
  })
  it('looks again once a page that was asked for is there, and loses neither', async () => {
    const { rows, list } = shelf(100)
    await list.load()
    const below = list.more()
    rows.unshift({ id: '0999' })
    listeners.forEach((fn) => fn())
    await below
    await flushPromises()
    expect(list.rows.value).toHaveLength(100)
    expect(list.pager.news).toBe(1)
  })
  it('jumps to any page, goes on below it, and changes how long one is', async () => {
    const { list } = shelf(230)
    await list.load()
    expect(list.pager.total).toBe(230)
    await list.pager.jump(3)
    expect(list.rows.value[0].id).toBe('1100')
    await list.more()
    expect(list.rows.value).toHaveLength(100)
    await list.pager.jump(99)
    expect(list.rows.value.map((r) => r.id)[0]).toBe('1200')
    expect(list.rows.value).toHaveLength(30)
    await list.pager.setSize(20)
    expect([list.pager.offset, list.rows.value.length]).toEqual([200, 20])
    await happens()
    expect(list.rows.value[0].id).toBe('1200')
  })
  it('remembers how long a page is', async () => {
    const first = shelf(100, { name: 'a-list' })
    await first.list.load()
    await first.list.pager.setSize(20)
    const second = shelf(100, { name: 'a-list' })
    await second.list.load()
    expect(second.list.rows.value).toHaveLength(20)
    localStorage.clear()
  })
  it('is where it was left for those who come back, and at its beginning for those who come', async () => {
    const router = createRouter({
      history: createWebHistory(),
      routes: [{ path: '/:any(.*)*', component: { render: () => null } }],
    })
    watchBack(router)
    await router.push('/list')
    const one = shelf(400, { name: 'left' })
    await one.list.load()
    await one.list.pager.jump(3)
    await one.list.more()
    one.wrapper.unmount()
    const anew = shelf(400, { name: 'left' })
    await anew.list.load()
    expect(anew.list.rows.value[0].id).toBe('1000')
    await anew.list.pager.jump(3)
    await anew.list.more()
    anew.wrapper.unmount()
    await router.push('/away')
    router.back()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/list'))
    const other = shelf(400, { name: 'beside' })
    await other.list.load()
    expect(other.list.rows.value[0].id).toBe('1000')
    const back = shelf(400, { name: 'left' })
    await back.list.load()
    expect([back.list.rows.value[0].id, back.list.rows.value.length]).toEqual(['1100', 100])
    await back.list.load()
    expect([back.list.rows.value[0].id, back.list.rows.value.length]).toEqual(['1000', 50])
    await router.push('/away')
    await router.push('/list')
    const by = shelf(400, { name: 'left' })
    await by.list.load()
    expect(by.list.rows.value[0].id).toBe('1000')
  })
  it('drops an answer that a newer question has overtaken', async () => {
    const answers: ((rows: Row[]) => void)[] = []
    let list!: ReturnType<typeof useList<Row>>
    mount(
      defineComponent({
        setup() {
          list = useList<Row>(
            () =>
              new Promise((done) => {
                answers.push((items) => done({ items, next: null }))
              }),
          )
          return () => h('div')
        },
      }),
    )
    list.load()
    list.load()
    answers[1]([{ id: 'new' }])
    await flushPromises()
    answers[0]([{ id: 'old' }])
    await flushPromises()
    expect(list.rows.value.map((r) => r.id)).toEqual(['new'])
    expect(list.loading.value).toBe(false)
  })
  it('keeps what is shown when the server is away, and says so', async () => {
    let away = false
    let list!: ReturnType<typeof useList<Row>>
    mount(
      defineComponent({
        setup() {
          list = useList<Row>(async () => {
            if (away) throw new Error('away')
            return { items: [{ id: 'a' }], next: null }
          })
          return () => h('div')
        },
      }),
    )
    await list.load()
    away = true
    await happens()
    expect(list.rows.value).toHaveLength(1)
    expect(list.error.value).toBeInstanceOf(Error)
    away = false
    await happens()
    expect(list.error.value).toBeNull()
  })
  it('stops listening with its page', async () => {
    const { wrapper } = shelf(1)
    expect(listeners.size).toBe(1)
    wrapper.unmount()
    expect(listeners.size).toBe(0)
  })
})
