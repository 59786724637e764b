import { describe, expect, it } from 'vitest'
import { faultsOf, parseCsv } from '@/app/csv'

describe('csv', () => {
  it('reads quotes, commas and lines within cells, either end of line, and a last line without one', () => {
    expect(parseCsv('\ufeffa,b\r\n"x, ""y""","1\n2"\n,')).toEqual([
      ['a', 'b'],
      ['x, "y"', '1\n2'],
      ['', ''],
    ])
    expect(parseCsv('a\n')).toEqual([['a']])
    expect(parseCsv('')).toEqual([])
  })
  it('finds the rows that have something said of them', () => {
    expect(
      faultsOf('code,name,问题\n1,甲,\n2,乙,"手机：不对，见""样例"""\n3,丙,代码不符\n', ['机构名称', 'name']),
    ).toEqual([
      { line: 3, name: '乙', text: '手机：不对，见"样例"' },
      { line: 4, name: '丙', text: '代码不符' },
    ])
  })
  it('names the rows of a list whose titles are decorated, or stand below another line', () => {
    const text = '\ufeff邀约名单,,\r\n*统一社会信用代码,机构名称（必填）,问题\r\n9133,甲,代码有误\r\n9144,乙,\r\n'
    expect(faultsOf(text, ['机构名称', 'name'])).toEqual([{ line: 3, name: '甲', text: '代码有误' }])
    expect(faultsOf('Code,Name *,fault\n1,A,bad\n', ['机构名称', 'name'])).toEqual([
      { line: 2, name: 'A', text: 'bad' },
    ])
  })
})
