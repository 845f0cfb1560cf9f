import { expect, it } from 'vitest'
import { csvLine } from '#app/_http/csv'

it('puts cells into quotes, also those with quotes and line ends of their own', () => {
  expect(csvLine(['a,b', 'says "no"', 'two\nlines', null, '王'])).toBe(
    '"a,b","says ""no""","two\nlines","","王"\r\n',
  )
})

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('lets no spreadsheet run %j', (cell) => {
  expect(csvLine([cell])).toBe(`"'${cell}"\r\n`)
})
