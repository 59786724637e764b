// What a task costs whoever does it: screens on which something is done, fields that are filled in, clicks, and keys
// that type nothing. Counted by the page itself from what the browser was given, so that no test counts in its own
// favour.
import { expect, type Page } from '@playwright/test'

export interface Cost {
  screens: number
  fields: number
  clicks: number
  keys: number
}
type Seen = { kind: 'click' | 'key' | 'field'; screen: string; field: string }

export class Count implements Cost {
  screens = 0
  fields = 0
  clicks = 0
  keys = 0
  /** The screens in their order, to be read where a limit is broken. */
  readonly path: string[] = []
  private filled = new Set<string>()

  take({ kind, screen, field }: Seen) {
    if (this.path[this.path.length - 1] !== screen) {
      this.path.push(screen)
      this.screens++
    }
    if (kind === 'click') this.clicks++
    else if (kind === 'key') this.keys++
    else if (!this.filled.has(`${screen} ${field}`)) {
      this.filled.add(`${screen} ${field}`)
      this.fields++
    }
  }
  /** No dearer than that: a task may only become cheaper, and then its limit is lowered (docs/tasks.md). */
  within(limit: Partial<Cost>, what: string) {
    const is = { screens: this.screens, fields: this.fields, clicks: this.clicks, keys: this.keys }
    console.log(`${what}: ${JSON.stringify(is)}`)
    for (const [name, most] of Object.entries(limit))
      expect.soft(is[name as keyof Cost], `${name} of "${what}"\n${this.path.join('\n')}`).toBeLessThanOrEqual(most)
  }
}

/** Counts what is done on this page from now on, over all its addresses. Several pages may share a count. Keys are
 * those that type nothing; where nothing is typed, 'letters' counts each. */
export async function counted(page: Page, count = new Count(), which: 'signs' | 'letters' = 'signs'): Promise<Count> {
  await page.exposeBinding('qilianCount', (_, seen: Seen) => count.take(seen))
  const listen = (which: string) => {
    const shown = (e: Element | null | undefined) => (e && e.getClientRects().length ? e.textContent!.trim() : '')
    // What somebody sees as a screen of its own: an address and its heading, a step of a form, a dialog.
    const screen = () =>
      [
        location.pathname.replace(/[0-9a-f-]{36}/, ':id'),
        shown(document.querySelector('h1')),
        shown(document.querySelector('[aria-current="step"]')),
        shown(document.querySelector('dialog[open] h2, .el-drawer .el-drawer__title')),
      ].join(' | ')
    const say = (kind: string, target: EventTarget | null) => {
      const e = target as HTMLElement | null
      ;(window as unknown as { qilianCount(s: object): void }).qilianCount({
        kind,
        screen: screen(),
        field: e?.id || e?.getAttribute?.('name') || e?.getAttribute?.('aria-label') || '',
      })
    }
    // A label passes its click on to its control: both are one click of the person's.
    let label: EventTarget | null = null
    const clicked = (e: MouseEvent) => {
      if (!e.isTrusted || e.detail === 0) return
      const passed = label && (e.target as HTMLInputElement).labels && [...(e.target as HTMLInputElement).labels!]
      if (passed && passed.some((l) => l === label)) {
        label = null
        return
      }
      label = (e.target as HTMLElement).closest?.('label') ?? null
      say('click', e.target)
    }
    addEventListener('click', clicked, true)
    addEventListener(
      'keydown',
      (e) => e.isTrusted && (which === 'letters' || e.key.length > 1) && say('key', e.target),
      true,
    )
    for (const type of ['input', 'change'])
      addEventListener(
        type,
        (e) => {
          const box = e.target as HTMLInputElement
          if (box.matches?.('textarea, select, input:not([type=checkbox]):not([type=radio])')) say('field', box)
        },
        true,
      )
  }
  await page.addInitScript(listen, which)
  await page.evaluate(listen, which)
  return count
}
