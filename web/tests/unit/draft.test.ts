import { mount } from '@vue/test-utils'
import { forgetStores } from '@/app/store'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, ref, type Ref } from 'vue'
import { useDraft } from '@/app/draft'

const KEY = 'qilian.draft.visitor.test'
function page(given: Record<string, string> = {}) {
  const form: Ref<Record<string, string>> = ref({ ...given })
  let draft!: ReturnType<typeof useDraft>
  const wrapper = mount(
    defineComponent({
      setup() {
        draft = useDraft('test', form)
        return () => h('div')
      },
    }),
  )
  return { form, draft, wrapper }
}

describe('drafts', () => {
  beforeEach(() => {
    forgetStores()
    localStorage.clear()
    vi.useFakeTimers()
  })
  it('keeps what is typed and gives it back to the next page', async () => {
    const first = page({ name: '旧' })
    first.draft.restore()
    await nextTick()
    first.form.value.name = '新'
    await nextTick()
    vi.advanceTimersByTime(500)
    const second = page({ name: '旧' })
    second.draft.restore()
    expect(second.form.value.name).toBe('新')
    expect(second.draft.restored.value).toBe(true)
  })
  it("takes what the server gave for nobody's unsaved work", async () => {
    const { form, draft } = page()
    form.value = { name: '服务器' }
    draft.restore()
    await nextTick()
    vi.advanceTimersByTime(1000)
    expect(localStorage.getItem(KEY)).toBeNull()
  })
  it('forgets when told so, also what is still waiting to be kept', async () => {
    const { form, draft } = page()
    draft.restore()
    await nextTick()
    form.value.name = '写了一半'
    await nextTick()
    draft.clear()
    await nextTick()
    vi.advanceTimersByTime(1000)
    expect(localStorage.getItem(KEY)).toBeNull()
  })
  it('keeps what was typed a moment before leaving', async () => {
    const { form, draft, wrapper } = page()
    draft.restore()
    await nextTick()
    form.value.name = '刚写的'
    await nextTick()
    wrapper.unmount()
    expect(localStorage.getItem(KEY)).toContain('刚写的')
  })
  it('lets go of what is older than a month', () => {
    localStorage.setItem(KEY, JSON.stringify({ at: Date.now() - 31 * 24 * 3600 * 1000, form: { name: '很久以前' } }))
    const { form, draft } = page({ name: '今' })
    draft.restore()
    expect(form.value.name).toBe('今')
  })
})
