import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const page = readFileSync('docs/security.md', 'utf8')
const rows = page
  .split('\n')
  .filter((line) => /^\| (V\d|[HM]\d|low)/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

/** How many sections each chapter of ASVS 5.0 has, from V1 on. */
const SECTIONS = [5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3]

it('docs/security.md has a line for each section of the standard, and for each finding of the review', () => {
  const sections = SECTIONS.flatMap((count, n) =>
    Array.from({ length: count }, (_, m) => `V${n + 1}.${m + 1}`),
  )
  const named = rows.map(([first]) => first.split(' ')[0])
  expect(named.filter((name) => name.startsWith('V'))).toEqual(sections)
  expect(named.filter((name) => !name.startsWith('V'))).toEqual([
    ...['H1', 'H2', 'H3', 'H4', 'H5'],
    ...['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M8', 'M9', 'low'],
  ])
})

it('each line names a test that is there, or its reason for having none', () => {
  for (const row of rows) {
    const [name, shown] = [row[0], row.at(-1)!]
    const tests = [...shown.matchAll(/`([^`]+)`/g)].map(([, path]) => path)
    for (const path of tests)
      expect([name, path, existsSync(`test/${path}.test.ts`)]).toEqual([name, path, true])
    const reason =
      /^(not here|open): ./.test(row.at(-2)!) || ['V12.1', 'V14.1'].some((each) => name.startsWith(each))
    expect([name, tests.length > 0 || reason]).toEqual([name, true])
  }
})

it('the other tests that it names are there too', () => {
  const prose = page
    .split('\n')
    .filter((line) => !line.startsWith('|'))
    .join('\n')
  const named = [...prose.matchAll(/`((?:app|core|bin|worker|tools|docs)\/[\w./-]+)`/g)].map(
    ([, path]) => path,
  )
  expect(named.length).toBeGreaterThan(4)
  for (const path of named) expect([path, existsSync(`test/${path}.test.ts`)]).toEqual([path, true])
})
