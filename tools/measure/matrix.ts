import { figureOf } from './check.ts'
import type { SampleMeasures } from './samples.ts'

/** A table with a row a measure and a column a sample; a missed gate is marked with "!". */
export function matrixOf(samples: readonly SampleMeasures[]): string {
  const [first] = samples
  const heads = ['', ...samples.map(({ name }) => name), 'target']
  const rows = first.checks.map((check, n) => [
    check.unit ? `${check.name} (${check.unit})` : check.name,
    ...samples.map(({ checks }) => `${figureOf(checks[n].value)}${checks[n].ok ? '' : ' !'}`),
    check.target,
  ])
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column].length)))
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
