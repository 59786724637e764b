// The parts that every page is made of: head, what is wrong, what was done.
import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { beforeEach, describe, expect, it } from 'vitest'
import { announce, shown, spoken } from '@/app/announce'
import { trail } from '@/app/crumbs'
import DoneNote from '@/components/DoneNote.vue'
import ErrorSummary from '@/components/ErrorSummary.vue'
import PageHead from '@/components/PageHead.vue'
import BarMenu from '@/app/frame/BarMenu.vue'

const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: {} }] })
const within = { global: { plugins: [router] }, attachTo: document.body }
beforeEach(() => {
  document.body.innerHTML = ''
})

describe('the head of a page', () => {
  it('tells the bar where the page lies, and leaves nothing behind', async () => {
    const cases = { text: '入驻受理', to: '/desk/cases?q=1' }
    const head = mount(PageHead, { ...within, props: { title: '浙江某某公司', lead: '说明', crumbs: [cases] } })
    expect(trail.value).toEqual([cases, { text: '浙江某某公司' }])
    expect(head.find('h1').text()).toBe('浙江某某公司')
    expect(head.find('.up').attributes('href')).toBe(cases.to)
    await head.setProps({ title: '另一家' })
    expect(trail.value?.at(-1)?.text).toBe('另一家')
    head.unmount()
    expect(trail.value).toBeNull()
  })
  it('of a page that comes before the last has gone stays', () => {
    const first = mount(PageHead, { ...within, props: { title: '一' } })
    mount(PageHead, { ...within, props: { title: '二' } })
    first.unmount()
    expect(trail.value?.at(-1)?.text).toBe('二')
  })
})

describe('what is wrong', () => {
  const faults = [{ field: 'name', text: '名称：请填写此项' }, { text: '代码已登记' }]
  it('takes the focus, and leads to the field', async () => {
    document.body.innerHTML = '<input id="name">'
    const field = document.getElementById('name')!
    const summary = mount(ErrorSummary, { ...within, props: { faults } })
    await nextTick()
    await nextTick()
    expect(document.activeElement).toBe(summary.element)
    expect(summary.attributes('role')).toBe('alert')
    await summary.find('a').trigger('click')
    expect(document.activeElement).toBe(field)
    expect(summary.findAll('li').map((li) => li.text())).toEqual(faults.map((f) => f.text))
  })
  it('takes it again for other faults, not for the same, and not unasked where the form says when', async () => {
    document.body.innerHTML = '<input id="name">'
    const field = document.getElementById('name')!
    const summary = mount(ErrorSummary, { ...within, props: { faults } })
    await nextTick()
    await nextTick()
    const now = async (next: typeof faults) => {
      field.focus()
      await summary.setProps({ faults: next })
      await nextTick()
      await nextTick()
      return document.activeElement === summary.element
    }
    expect(await now(faults.map((f) => ({ ...f })))).toBe(false)
    expect(await now(faults.slice(1))).toBe(true)
    await summary.setProps({ quiet: true })
    expect(await now(faults)).toBe(false)
  })
})

describe('what was done', () => {
  it('is under the eyes of who did it, with its number and what follows', () => {
    const note = mount(DoneNote, {
      ...within,
      props: { title: '推荐已发出', number: 'TJ-1', next: ['省平台审核'], told: ['省平台审核人员'] },
      slots: { acts: '<a href="/next">下一步</a>' },
    })
    expect(document.activeElement).toBe(note.element)
    for (const words of ['推荐已发出', 'TJ-1', '省平台审核', '省平台审核人员', '下一步'])
      expect(note.text()).toContain(words)
  })
  it('is said, and said again', async () => {
    await announce('已通过')
    expect([spoken.value, shown.value]).toEqual(['已通过', ''])
    const twice = announce('已通过', true)
    expect(spoken.value).toBe('')
    await twice
    expect([spoken.value, shown.value]).toEqual(['已通过', '已通过'])
  })
})

describe('what a button of the bar opens', () => {
  it('is left by Escape, also when what was pressed in it has gone', async () => {
    const menu = mount(BarMenu, {
      ...within,
      props: { name: '消息', icon: 'messages' },
      slots: { default: '<i>新</i>' },
    })
    const button = menu.find('button')
    expect(button.attributes('aria-label')).toBe('消息')
    await button.trigger('click')
    expect(menu.find('[role=region]').exists()).toBe(true)
    ;(document.activeElement as HTMLElement | null)?.blur()
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
    await nextTick()
    expect(menu.find('[role=region]').exists()).toBe(false)
    expect(document.activeElement).toBe(button.element)
  })
})
