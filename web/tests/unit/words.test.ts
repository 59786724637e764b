import { describe, expect, it } from 'vitest'
import account from '@/i18n/account'
import audit from '@/i18n/audit'
import center from '@/i18n/center.zh-CN'
import centerEn from '@/i18n/center.en'
import enter from '@/i18n/enter'
import city from '@/i18n/city'
import join from '@/i18n/join'
import matrix from '@/i18n/matrix'
import product from '@/i18n/product'
import start from '@/i18n/start'
import messages from '@/i18n/messages'
import open from '@/i18n/open'
import desk from '@/i18n/desk.zh-CN'
import deskEn from '@/i18n/desk.en'
import en from '@/i18n/en'
import { setLang, t, te, useWorkWords } from '@/i18n'
import work from '@/i18n/work.zh-CN'
import workEn from '@/i18n/work.en'
import zh from '@/i18n/zh-CN'

type Words = { [key: string]: string | Words }
function flat(words: Words, at = ''): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(words).map(([k, v]) => (typeof v === 'string' ? { [at + k]: v } : flat(v, `${at}${k}.`))),
  )
}
const blanks = (text: string) =>
  [...text.matchAll(/\{(\w+)\}/g)]
    .map((m) => m[1])
    .sort()
    .join()

describe('words', () => {
  it('speaks through the whole of it, in both languages', async () => {
    await useWorkWords()
    expect(t('center.expiresIn', { n: 3 })).toBe('3 天后到期')
    expect(te('center.expiresIn')).toBe(true)
    expect(te('center.nothingSuch')).toBe(false)
    await setLang('en')
    expect(t('center.expiresIn', { n: 3 })).toBe('Expires in 3 days')
    await setLang('zh')
  })
  it.each([
    ['portal', zh, en],
    ['work', work, workEn],
    ['centre', center, centerEn],
    ['account', account.zh, account.en],
    ['open', open.zh, open.en],
    ['join', join.zh, join.en],
    ['matrix', matrix.zh, matrix.en],
    ['product', product.zh, product.en],
    ['start', start.zh, start.en],
    ['city', city.zh, city.en],
    ['audit', audit.zh, audit.en],
    ['messages', messages.zh, messages.en],
    ['enter', enter.zh, enter.en],
    ['desk', desk, deskEn],
  ])('%s: each word in both languages, with the same blanks', (_, a, b) => {
    const [left, right] = [flat(a as Words), flat(b as Words)]
    expect(Object.keys(left).filter((k) => !(k in right))).toEqual([])
    expect(Object.keys(right).filter((k) => !(k in left))).toEqual([])
    expect(Object.keys(left).filter((k) => blanks(left[k]) !== blanks(right[k] ?? ''))).toEqual([])
  })

  it('says one day and two days', async () => {
    await useWorkWords()
    await setLang('en')
    expect(t('center.expiresIn', { n: 1 })).toBe('Expires in 1 day')
    expect(t('center.expiresIn', { n: 0 })).toBe('Expires in 0 days')
    const all = [
      centerEn,
      deskEn,
      en,
      workEn,
      ...[audit, enter, city, join, matrix, product, start, messages].map((w) => w.en),
    ]
    const wrong = all
      .flatMap((w) => Object.entries(flat(w as Words)))
      .filter(([, text]) =>
        /(?<!All )\{(n|m)\} ([a-z]+ )?(?!has |is |was |does |as )[a-z]+s\b/.test(text.replace(/\{n\} of this/, '')),
      )
    expect(wrong).toEqual([])
  })
})
