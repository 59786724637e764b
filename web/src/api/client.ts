// The one way to the server. Every error becomes an ApiProblem that a page can show at its field or as a sentence.

export interface FieldFault {
  pointer: string
  code: string
  zh: string
  en: string
}
export interface ProblemBody {
  type: string
  title: string
  status: number
  code: string
  zh: string
  en: string
  request_id?: string
  errors?: FieldFault[]
  challenge?: string
}

export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody,
    readonly retryAfter = 0,
    readonly file: string | null = null,
  ) {
    super(body.code)
  }
  get code() {
    return this.body.code
  }
  get fields(): FieldFault[] {
    return this.body.errors ?? []
  }
  text(lang: string) {
    return lang === 'en' ? this.body.en : this.body.zh
  }
}

export interface Answer<T> {
  data: T
  etag: string | null
  position: string | null
  status: number
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  /** Raw body: an upload. */
  file?: Blob
  query?: Record<string, string | number | boolean | string[] | null | undefined>
  etag?: string | number | null
  /** A retry of the same action passes the same key: the server answers as the first time and does nothing twice. */
  key?: string
  signal?: AbortSignal
  headers?: Record<string, string>
  /** A file is wanted as it is, also one that comes back with its faults marked (status 422). */
  blob?: boolean
}

export const NETWORK: ProblemBody = {
  type: 'about:blank',
  title: '',
  status: 0,
  code: 'network',
  zh: '网络不通，内容已保留在本页，请稍后重试。',
  en: 'The network is away. What you entered is kept on this page; try again.',
}

const MARKED = {
  code: 'marked',
  zh: '文件中有错误，没有保存任何一行；错误已逐格标出，请下载修改后重新上传。',
  en:
    'The file has faults and nothing was stored. They are marked in the file: download it, correct it and upload ' +
    'it again.',
}

let language = 'zh'
export function setApiLanguage(lang: string) {
  language = lang
}

type Listener = () => void
const signedOut = new Set<Listener>()
/** Called when the server says that the session has ended; pages keep what was typed and show the sign-in dialog. */
export function onSignedOut(fn: Listener) {
  signedOut.add(fn)
  return () => signedOut.delete(fn)
}

const required = new Set<Listener>()
/** Called when the session must first change its password or set up a second factor. */
export function onRequired(fn: Listener) {
  required.add(fn)
  return () => required.delete(fn)
}
const REQUIRED = ['password-change-required', 'second-factor-required']

/** Where the last write of this page landed; reads carry it, so that one's own writes are seen. */
let position: string | null = null

/** What visitors do. The server refuses a key where it keeps no answer. */
const TAKES_NO_KEY = /^\/(auth|registration)\/|^\/invitations\/opened$/

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}

/** JSON has no NaN: it would be sent as "none" and empty what is stored. */
function sound(name: string, value: unknown) {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`"${name}" is no number`)
  return value
}

export function address(path: string, query: CallOptions['query']) {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue
    if (Array.isArray(value)) value.forEach((v) => search.append(name, v))
    else search.append(name, String(value))
  }
  const text = search.toString()
  return `/api/v1${path}${text ? `?${text}` : ''}`
}

/** The server's one sentence about a small computation that it asks of visitors first is answered here, so that no
 * page knows of it. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<Answer<T>> {
  try {
    return await send<T>(path, options)
  } catch (error) {
    const challenge = error instanceof ApiProblem && error.code === 'proof-required' ? error.body.challenge : undefined
    if (!challenge || !globalThis.crypto?.subtle) throw error
    const { prove } = await import('./proof')
    return await send<T>(path, {
      ...options,
      body: { ...(options.body as object), proof: await prove(challenge, options.signal) },
    })
  }
}

/** The head of a request but for what is sent along. */
export function head(method: string, path: string, key?: string): Record<string, string> {
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': language === 'en' ? 'en' : 'zh-CN',
  }
  if (method !== 'GET' && !TAKES_NO_KEY.test(path)) headers['Idempotency-Key'] = key ?? newKey()
  if (method === 'GET' && position) headers['Qilian-After'] = position
  return headers
}

/** What a refusal says; a session that has ended, or that must first do something, is told to the page's frame. */
export function problemOf(status: number, data: unknown, path: string, retry: string | null, csv = false): ApiProblem {
  const body =
    data && typeof data === 'object' && 'code' in (data as object)
      ? (data as ProblemBody)
      : { ...NETWORK, status, code: `http-${status}` }
  // A wrong password is no ended session.
  if (status === 401 && !path.startsWith('/auth/')) signedOut.forEach((fn) => fn())
  if (status === 403 && REQUIRED.includes(body.code)) required.forEach((fn) => fn())
  // A refused import answers with the file itself, its faults marked.
  const file = csv && typeof data === 'string' ? data : null
  return new ApiProblem(status, file === null ? body : { ...body, ...MARKED }, Number(retry ?? 0), file)
}

/** Questions that wait for their answer. */
export const pending = { count: 0 }

async function send<T>(path: string, options: CallOptions): Promise<Answer<T>> {
  pending.count++
  try {
    return await ask<T>(path, options)
  } finally {
    pending.count--
  }
}

async function ask<T>(path: string, options: CallOptions): Promise<Answer<T>> {
  const method = options.method ?? (options.body !== undefined ? 'POST' : 'GET')
  const headers: Record<string, string> = { ...head(method, path, options.key), ...options.headers }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  else if (options.file) headers['Content-Type'] = options.file.type || 'application/octet-stream'
  if (options.etag !== undefined && options.etag !== null)
    headers['If-Match'] = String(options.etag).startsWith('"') ? String(options.etag) : `"${options.etag}"`
  let response: Response
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers,
      signal: options.signal,
      credentials: 'same-origin',
      body: options.body !== undefined ? JSON.stringify(options.body, sound) : options.file,
    })
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new ApiProblem(0, NETWORK)
  }
  const type = response.headers.get('content-type') ?? ''
  if (options.blob && !type.includes('json'))
    return { data: (await response.blob()) as T, etag: null, position: null, status: response.status }
  const text = await response.text()
  const data =
    text && (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : (text as unknown)
  if (!response.ok) {
    const csv = (response.headers.get('content-type') ?? '').includes('csv')
    throw problemOf(response.status, data, path, response.headers.get('retry-after'), csv)
  }
  const at = response.headers.get('qilian-position')
  if (at) position = at
  return { data: data as T, etag: response.headers.get('etag'), position: at, status: response.status }
}

export async function get<T>(path: string, query?: CallOptions['query'], signal?: AbortSignal): Promise<T> {
  return (await call<T>(path, { query, signal })).data
}

/** Address of a download with the filters of the list that is shown. */
export function download(path: string, query: CallOptions['query'] = {}): string {
  return address(path, query)
}
