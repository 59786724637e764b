import { describe, expect, it } from 'vitest'
import { faultsOf, parseCsv } from '@/app/csv'

describe('csv', () => {
  it('reads quotes, commas and lines within cells, either end of line, and a last line without one', () => {
    expect(parseCsv('\ufeffa,b\r\n"x, ""y""","1\n2"\n,')).toEqual([['a', 'b'], ['x, "y"', '1\n2'], ['', '']])
    expect(parseCsv('a\n')).toEqual([['a']])
    expect(parseCsv('')).toEqual([])
  })
  it('finds the rows that have something said of them', () => {
    expect(faultsOf('code,name,问题\n1,甲,\n2,乙,"手机：不对，见""样例"""\n3,丙,代码不符\n', ['机构名称', 'name'])).toEqual([{ line: 3, name: '乙', text: '手机：不对，见"样例"' }, { line: 4, name: '丙', text: '代码不符' }])
  })
})
