import { expect, test } from 'vitest'
import { atLeast, atMost, notApplicable } from '#tools/measure/check'
import { pairTable, summaryOf } from '#tools/measure/pair-table'

const pairs = [
  {
    name: 'elena en',
    checks: [atLeast('r with the driven curve, lm68', 0.95, 0.93), atMost('frames too many', 2, 0)],
  },
  {
    name: 'kofi en',
    checks: [
      atLeast('r with the driven curve, lm68', 0.9, 0.93),
      notApplicable('gap on p, b, m', 'it has none'),
    ],
  },
  { name: 'mei en', checks: [atLeast('r with the driven curve, lm68', 0.94, 0.93)] },
]

test('the table has a row a pair, the share that keeps to each gate, and what else was missed', () => {
  const [heads, ...lines] = pairTable(pairs)
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  expect(heads.slice(0, 3)).toEqual(['', 'r lm68', 'r mesh'])
  expect(lines[0]).toEqual(['elena en', '0.950', ...Array(14).fill('-'), '1 !'])
  expect(lines[1].slice(0, 3)).toEqual(['kofi en', '0.900 !', '-'])
  expect(lines[3].slice(0, 3)).toEqual(['keep to it', '67 %', '-'])
  expect(lines[4].join('  ')).toBe('elena en: frames too many 2, at most 0')
  expect(lines[5]).toEqual(['1 of 3 pairs keep to every gate (33 %).'])
  expect(summaryOf(pairs)).toEqual({ pairs: 3, passing: 1 })
})
