import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'

const { listeners } = vi.hoisted(() => ({ listeners: new Set<() => void>() }))
vi.mock('@/app/live', () => ({
  onLive: (fn: () => void) => {
    listeners.add(fn)
    return () => listeners.delete(fn)
  },
}))
import { useList } from '@/app/list'

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
  const ask = async (cursor: string | undefined, limit: number) => {
    asked.push(limit)
    const from = cursor ? rows.findIndex((r) => r.id > cursor) : 0
    const items = from < 0 ? [] : rows.slice(from, from + limit)
    return { items, next: from >= 0 && from + limit < rows.length ? items[items.length - 1].id : null }
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
    held.value = false
    await flushPromises()
    expect(list.rows.value).toHaveLength(4)
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
