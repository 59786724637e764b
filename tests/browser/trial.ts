// A record that nobody wrote a page for, with all that a declaration can say: the browser is given it in /meta, and
// its rows by this small server of its own. What the real server does with declarations is tested where it stands;
// here it is what the pages make of them.
import { type Page, type Route } from '@playwright/test'

type Row = Record<string, unknown> & { id: string; version: number; phase: string }
const words = (zh: string, en: string) => ({ zh, en })
const field = (name: string, type: string, zh: string, en: string, more: object = {}) => ({
  name,
  type,
  zh,
  en,
  required: false,
  writable: true,
  in_list: type !== 'longtext',
  ...more,
})
const ends = (plural: string, verbs: string[], phases: Record<string, string[]> = {}) =>
  verbs.map((verb) => ({
    name: `${plural}_${verb}`,
    verb,
    method: 'GET',
    path: `/api/v1/${plural}`,
    ...(phases[verb] ? { phases: phases[verb] } : {}),
  }))
const PHASES = [
  { code: 'draft', ...words('草稿', 'Draft') },
  { code: 'active', ...words('进行中', 'Open') },
  { code: 'ended', ...words('已结束', 'Over') },
]
const OPEN = {
  event: 'open',
  ...words('开始', 'Begin'),
  reason: 'none',
  tone: 'primary',
  form: [
    field('score', 'uint', '评分', 'Score', { min: 1, max: 5, required: true }),
    field('sort', 'enum', '分类', 'Sort', {
      values: [
        { code: 'a', ...words('甲类', 'Sort A') },
        { code: 'b', ...words('乙类', 'Sort B') },
      ],
    }),
    field('day', 'date', '日期', 'Day'),
  ],
}
export const TRIAL = {
  name: 'trial',
  plural: 'trials',
  ...words('试验单', 'trial'),
  phases: PHASES,
  fields: [
    field('number', 'text', '编号', 'Number', { writable: false }),
    field('title', 'text', '主题', 'Title', { required: true, min: 2, max: 40 }),
    field('kind', 'enum', '方式', 'Kind', {
      values: [
        { code: 'online', ...words('线上', 'Online') },
        { code: 'onsite', ...words('线下', 'On site') },
      ],
    }),
    field('trade', 'term', '行业', 'Trade', { terms: 'industries' }),
    field('topics', 'list', '服务类别', 'Topics', { of: 'term', terms: 'categories', min: 3, max: 3 }),
    field('price', 'money', '价格（分）', 'Price (fen)'),
    field('budget', 'money', '预算（分）', 'Budget (fen)', { unit: 'wan' }),
    field('begins_on', 'date', '开始日期', 'Begins'),
    field('ends_on', 'date', '结束日期', 'Ends'),
    field('meets_at', 'time', '会面时间', 'Meeting'),
    field('region_code', 'region', '地区', 'Region'),
    field('landline', 'phone', '座机', 'Landline'),
    field('mobile', 'mobile', '手机', 'Mobile'),
    field('listing_id', 'id', '服务', 'Service'),
    field('listing_name', 'text', '服务名称', 'Service name', { writable: false }),
    field('details', 'longtext', '说明', 'Details', { max: 500 }),
  ],
  filters: ['phase', 'kind', 'trade', 'price_from', 'begins_from', 'created_from', 'q'],
  sorts: ['created_at', 'price'],
  default_sort: '-created_at',
  groups: [{ fields: ['landline', 'mobile'], at_least: 1, at_most: 2 }],
  compare: [{ left: 'begins_on', op: '<=', right: 'ends_on' }],
  refers: [{ field: 'listing_id', to: 'listing', takes: { listing_name: 'name' } }],
  files: [
    {
      purpose: 'requirement',
      ...words('需求材料', 'Requirement'),
      kinds: ['document', 'image'],
      most: 2,
      phases: ['draft'],
      megabytes: 10,
      open_to_me: true,
    },
    {
      purpose: 'evidence',
      ...words('成果材料', 'Result'),
      kinds: ['image'],
      most: 3,
      phases: ['active'],
      megabytes: 10,
      open_to_me: true,
    },
  ],
  todo: [{ type: 'trial', ...words('试验单', 'trial') }],
  endpoints: ends('trials', ['list', 'get', 'create', 'update', 'delete', 'fire', 'batch', 'history'], {
    update: ['draft'],
    delete: ['draft'],
  }),
  lifecycle: {
    initial: 'draft',
    steps: PHASES.map((p) => ({ name: p.code, zh: p.zh, en: p.en, phase: p.code })),
    transitions: [
      { ...OPEN, open_to_me: true, from: ['draft'], to: 'active' },
      { event: 'accept', ...words('接单', 'Accept'), reason: 'none', open_to_me: true, from: ['active'], to: 'ended' },
    ],
  },
}
const STEP = {
  name: 'trial_step',
  plural: 'trial-steps',
  ...words('阶段', 'stage'),
  phases: [],
  fields: [
    field('trial_id', 'id', '试验单', 'Trial'),
    field('title', 'text', '名称', 'Name', { required: true, max: 40 }),
    field('due_on', 'date', '日期', 'Day'),
  ],
  filters: ['trial_id'],
  sorts: ['created_at'],
  default_sort: 'created_at',
  parent: { record: 'trial', plural: 'trials', by: 'trial_id', phases: { create: ['draft', 'active'] } },
  endpoints: ends('trial-steps', ['list', 'get', 'create', 'update', 'history']),
}

/** What the real server answers: its host's name is resolved by the browser alone. */
const real = (route: Route) => {
  const { host, port } = new URL(route.request().url())
  const url = route.request().url().replace(host, `127.0.0.1:${port}`)
  return route.fetch({ url, headers: { ...route.request().headers(), host } })
}
let made = 0
const id = () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`
/** What a person of one page finds; kept as long as the page. */
export class Trials {
  rows: Row[] = []
  steps: Row[] = []
  files: { id: string; purpose: string; file_name: string; size: number; record_id: string }[] = []
  refuse: { status: number; zh: string; en: string } | null = null

  add(more: object): Row {
    const row = { id: id(), version: 1, phase: 'draft', created_at: '2026-05-06T01:00:00Z', home: undefined, ...more }
    this.rows.unshift(row)
    return row
  }
  actions = (row: Row) => (row.phase === 'draft' ? [OPEN] : [])

  /** Before the page is opened. Everything else goes to the real server. */
  async serve(page: Page) {
    await page.route('**/api/v1/**', async (route) => {
      const url = new URL(route.request().url())
      const path = url.pathname.replace('/api/v1', '')
      if (path === '/meta') return this.meta(route)
      if (path === '/workbench/counts') return this.counts(route)
      const under = /^\/trials\/([^/]+)\/trial-steps$/.exec(path)?.[1]
      if (under) return this.answer(route, [], this.steps, url.searchParams, under)
      if (path.startsWith('/trials')) return this.answer(route, path.split('/').slice(2), this.rows, url.searchParams)
      if (path.startsWith('/trial-steps'))
        return this.answer(route, path.split('/').slice(2), this.steps, url.searchParams)
      const copy = this.rows.find((r) => Array.isArray(r.asked))
      if (path.startsWith('/asked/') && copy) {
        Object.assign((copy.asked as object[])[0], { state: 'withdrawing' })
        return route.fulfill({ status: 202, json: { key: 'k', state: 'withdrawing' } })
      }
      const about = url.searchParams.get('record_id')
      if (path === '/attachments' && this.rows.some((r) => r.id === about)) return this.attach(route, url.searchParams)
      return route.fallback()
    })
  }
  private async meta(route: Route) {
    const answer = await real(route)
    const meta = (await answer.json()) as { records: object[] }
    return route.fulfill({ response: answer, json: { ...meta, records: [...meta.records, TRIAL, STEP] } })
  }
  private async counts(route: Route) {
    const answer = await real(route)
    const counts = (await answer.json()) as { waiting: number; types: object[] }
    const waiting = this.rows.filter((r) => r.phase === 'draft').length
    return route.fulfill({
      response: answer,
      json: {
        ...counts,
        waiting: counts.waiting + waiting,
        types: [...counts.types, { type: 'trial', waiting, overdue: 0 }],
      },
    })
  }
  private async attach(route: Route, query: URLSearchParams) {
    if (route.request().method() !== 'PUT')
      return route.fulfill({
        json: { items: this.files.filter((f) => f.record_id === query.get('record_id')), next: null },
      })
    if (this.refuse) return this.no(route)
    const file = {
      id: id(),
      purpose: query.get('purpose')!,
      file_name: query.get('file_name')!,
      size: 2048,
      record_id: query.get('record_id')!,
    }
    this.files.push(file)
    return route.fulfill({ status: 201, json: file })
  }
  private no(route: Route) {
    const { status, zh, en } = this.refuse!
    this.refuse = null
    return route.fulfill({ status, json: { type: 'about:blank', title: '', status, code: 'refused', zh, en } })
  }
  /** Of as many rows as there are: sorted, from a cursor or an offset on, counted. */
  private page(found: Row[], query: URLSearchParams) {
    const sort = query.get('sort') ?? ''
    const by = sort.replace('-', '')
    const sorted = by
      ? [...found].sort((a, b) => (sort[0] === '-' ? -1 : 1) * (Number(a[by] ?? 0) - Number(b[by] ?? 0)))
      : found
    const from = Number(query.get('cursor') ?? query.get('offset') ?? 0)
    const to = from + Number(query.get('limit') ?? 50)
    const phases = found.map((r) => r.phase)
    return {
      items: sorted.slice(from, to),
      next: to < found.length ? String(to) : null,
      ...(query.get('total') ? { total: found.length, total_more: false } : {}),
      ...(query.get('counts')
        ? { counts: Object.fromEntries(phases.map((p) => [p, phases.filter((q) => q === p).length])) }
        : {}),
    }
  }
  private async batch(route: Route, rows: Row[], query: URLSearchParams) {
    const body = route.request().postDataJSON() as { seen?: number; items?: { id: string }[] }
    const meant = rows.filter((r) =>
      body.items ? body.items.some((i) => i.id === r.id) : !query.get('phase') || r.phase === query.get('phase'),
    )
    const no = { code: 'step', status: 409, zh: '当前环节不能进行此操作', en: 'The step does not allow this' }
    const results = meant.map((r) => {
      const good = r.phase === 'active'
      if (good) Object.assign(r, { phase: 'ended', version: r.version + 1 })
      return {
        id: r.id,
        phase: good ? 'ended' : null,
        step_text: null,
        problem: good ? null : no,
        row: good ? null : r,
      }
    })
    const done = results.filter((r) => !r.problem).length
    return route.fulfill({ json: { results, done, failed: results.length - done } })
  }
  private async answer(route: Route, at: string[], rows: Row[], query: URLSearchParams, under?: string) {
    const method = route.request().method()
    const row = rows.find((r) => r.id === at[0])
    if (!at.length && method === 'GET') {
      const items = rows.filter(
        (r) => (!under || r.trial_id === under) && (!query.get('phase') || r.phase === query.get('phase')),
      )
      return route.fulfill({ json: this.page(items, query) })
    }
    if (at[0] === 'events') return this.batch(route, rows, query)
    if (this.refuse && method !== 'GET') return this.no(route)
    const body = (method === 'GET' || method === 'DELETE' ? {} : route.request().postDataJSON()) as Record<
      string,
      unknown
    >
    if (!at.length) {
      const fresh = {
        id: id(),
        version: 1,
        phase: 'draft',
        number: `TR-${made}`,
        created_at: '2026-05-06T01:00:00Z',
        ...(under ? { trial_id: under } : {}),
        ...body,
      }
      rows.unshift(fresh)
      return route.fulfill({ status: 201, json: fresh })
    }
    if (!row) return route.fulfill({ status: 404, json: { code: 'not-found', zh: '没有', en: 'none', status: 404 } })
    if (at[1] === 'history')
      return route.fulfill({
        json: {
          items: [
            {
              seq: 1,
              event: 'created',
              text: '建立',
              at: '2026-05-06T01:00:00Z',
              actor: '李经办',
              reason: null,
              changes: { title: row.title, price: row.price, listing_id: row.listing_id, begins_on: row.begins_on },
            },
          ],
        },
      })
    if (at[1] === 'events') Object.assign(row, { phase: 'active', version: row.version + 1 })
    else if (method === 'PATCH') Object.assign(row, body, { version: row.version + 1 })
    else if (method === 'DELETE') {
      rows.splice(rows.indexOf(row), 1)
      return route.fulfill({ status: 204, body: '' })
    }
    return route.fulfill({ json: { ...row, actions: rows === this.rows ? this.actions(row) : undefined } })
  }
}
