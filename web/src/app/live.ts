// What waits for the person, kept fresh without reload: one stream of events per browser, and a slow poll beneath it.
import { defineStore } from 'pinia'
import { get } from '@/api/client'
import { useSession } from '@/app/session'

interface Counts {
  waiting: number
  overdue: number
  today: number
  sent: number
  types: { type: string; waiting: number; overdue: number; today: number }[]
}

const POLL_MS = 30_000
let timer: ReturnType<typeof setInterval> | undefined
let source: EventSource | undefined
let users = 0
const listeners = new Set<() => void>()

/** Calls fn when something on this platform changed for the one signed in. */
export function onLive(fn: () => void) {
  listeners.add(fn)
  return () => {
    listeners.delete(fn)
  }
}

export const useLive = defineStore('live', {
  state: () => ({ total: 0, overdue: 0, today: 0, sent: 0, unread: 0, waiting: {} as Record<string, number> }),
  actions: {
    async refresh() {
      const session = useSession()
      if (session.account) this.count()
      // System, security and audit administrators have no work of this kind.
      if (!session.has(...(session.area?.busy ?? []))) return
      try {
        const counts = await get<Counts>('/workbench/counts')
        this.total = counts.waiting
        this.overdue = counts.overdue
        this.today = counts.today
        this.sent = counts.sent
        this.waiting = Object.fromEntries(counts.types.map((t) => [t.type, t.waiting]))
      } catch {
        /* shown by the page itself when it asks */
      }
    },
    /** Messages that the person has not read. */
    async count() {
      try {
        this.unread = (await get<{ unread: number }>('/messages/unread')).unread
      } catch {
        /* the bell shows what it knew */
      }
    },
    start() {
      if (users++ > 0) return
      this.refresh()
      timer = setInterval(() => this.refresh(), POLL_MS)
      if (typeof EventSource !== 'undefined') {
        source = new EventSource('/api/v1/events')
        source.onmessage = () => {
          this.refresh()
          listeners.forEach((fn) => fn())
        }
        source.addEventListener('change', () => {
          this.refresh()
          listeners.forEach((fn) => fn())
        })
        source.onerror = () => {
          if (source?.readyState === EventSource.CLOSED) source = undefined
        }
      }
    },
    stop() {
      if (--users > 0) return
      clearInterval(timer)
      source?.close()
      source = undefined
    },
  },
})
