import { type Check, figureOf } from './check.ts'
import type { PairMeasures } from './samples.ts'

/** The gates of the mouth by their column; names that differ by clip share one. */
const COLUMNS: [head: string, names: string[]][] = [
  ['r lm68', ['r with the driven curve, lm68']],
  ['r mesh', ['r with the driven curve, mesh']],
  ['wide', ["wide vowels over the presenter's own widest", "wide vowels, of a clip that doesn't speak"]],
  ['light', ['light inside by gap, slope over that of the source']],
  ['seam', ['light of the seam on p, b, m']],
  ['worst', ['light of the seam on p, b, m, worst']],
  ['lips', ['height of shut lips over that of the source']],
  ['bend', ['bend of the movement over that of the source']],
  ['pops', ["frames that pop, above the source's 99 %"]],
  ['sharp', ['sharpness over that of the source']],
  ['undriven', ['frames with a face that are not driven']],
  ['shapes', ['width when spread over width when round']],
  ['gap', ['gap on p, b, m']],
  ['outside', ['PSNR outside the mouth']],
  ['jitter', ['jitter over a talking person']],
]

/** How many pairs keep to every gate, and which of the others each misses. */
export function summaryOf(pairs: readonly PairMeasures[]) {
  return { pairs: pairs.length, passing: pairs.filter(({ checks }) => checks.every(({ ok }) => ok)).length }
}

/**
 * A row a pair of presenter and speech, a column a gate: "!" after a figure that misses it, "-" where it can't be asked.
 * Below them the share of pairs that keep to each gate, of those of which it can be asked; then what else was missed.
 */
export function pairTable(pairs: readonly PairMeasures[]): string {
  const cell = (check: Check | undefined) =>
    !check || check.notApplicable ? '-' : `${figureOf(check.value)}${check.ok ? '' : ' !'}`
  const rows = pairs.map(({ name, checks }) => {
    const others = checks.filter((check) => !check.ok && !hasColumn(check)).length
    return [name, ...COLUMNS.map((column) => cell(checkOf(checks, column))), others ? `${others} !` : '0']
  })
  const shares = COLUMNS.map((column) => {
    const asked = pairs.map(({ checks }) => checkOf(checks, column)).filter((check) => check?.target)
    return asked.length === 0 ? '-' : percent(asked.filter((check) => check?.ok).length / asked.length)
  })
  const alright = pairs.filter(({ checks }) => checks.every((check) => check.ok || hasColumn(check)))
  const { passing } = summaryOf(pairs)
  const last = `${passing} of ${pairs.length} pairs keep to every gate (${percent(passing / pairs.length)}).`
  const heads = ['', ...COLUMNS.map(([head]) => head), 'others']
  return [
    ...aligned([heads, ...rows, ['keep to it', ...shares, percent(alright.length / pairs.length)]]),
    ...othersMissed(pairs),
    last,
  ].join('\n')
}

function checkOf(checks: readonly Check[], [, names]: (typeof COLUMNS)[number]) {
  return checks.find(({ name }) => names.includes(name))
}

function hasColumn({ name }: Check): boolean {
  return COLUMNS.some(([, names]) => names.includes(name))
}

function othersMissed(pairs: readonly PairMeasures[]): string[] {
  return pairs.flatMap(({ name, checks }) =>
    checks
      .filter((check) => !check.ok && !hasColumn(check))
      .map(
        (check) =>
          `${name}: ${check.name} ${`${figureOf(check.value)} ${check.unit}`.trimEnd()}, ${check.target}`,
      ),
  )
}

function aligned(rows: string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
