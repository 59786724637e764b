// Whatever a policy of the house makes happen has words in the log and in the list of notices.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import desk from '@/i18n/desk.zh-CN'
import work from '@/i18n/work.zh-CN'

const CONFIG = join(process.cwd(), '../config')
const read = (path: string) => parse(readFileSync(join(CONFIG, path), 'utf8'))

describe('what happens', () => {
  it('has words for every event of a lifecycle', () => {
    const words = { ...work.event, ...desk.dk.recEvent } as Record<string, string>
    const events = readdirSync(join(CONFIG, 'lifecycles')).flatMap((f) =>
      (read(`lifecycles/${f}`).transitions as { event: string }[]).map((x) => x.event),
    )
    expect([...new Set(events)].filter((e) => !(e in words))).toEqual([])
  })
  it('has words for every notice', () => {
    expect(Object.keys(read('base.yaml').notices).filter((id) => !(id in desk.dk.notice))).toEqual([])
  })
})
