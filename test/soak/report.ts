import { KINDS, type Kind } from './kills.ts'
import type { SoakReport } from './soak.ts'
import type { Findings } from './verify.ts'

const NAMES: Record<keyof Findings, string> = {
  lost: 'lost',
  doubled: 'doubled',
  unplayable: 'unplayable results',
  zombies: 'zombie writes',
  broken: 'broken promises',
  leftovers: 'left over',
}

/** After which kills it is told how long it took until work went on. */
const RECOVERED = ['all', 'supervisor', 'postgres'] as const

/** The report as figures, for one line of JSON. */
export function figuresOf(report: SoakReport) {
  const { seed, kills, accepted, states, entries, findings, seconds } = report
  return {
    ...{ seed, accepted, states, entries, seconds: Math.round(seconds) },
    kills: kills.length,
    killsByKind: Object.fromEntries(
      KINDS.map((kind) => [kind, kills.filter((kill) => kill.kind === kind).length]),
    ),
    killsMidRender: kills.filter(({ running }) => running).length,
    ...Object.fromEntries(Object.entries(findings).map(([name, lines]) => [name, lines.length])),
    backToWorkSeconds: Object.fromEntries(
      RECOVERED.map((kind) => [kind, spreadOf(secondsAfter(report, kind))]),
    ),
    postgresUpSeconds: spreadOf(postgresSeconds(report)),
    details: Object.values(findings).flat(),
  }
}

/** The report as a table for people. */
export function tableOfSoak(report: SoakReport): string {
  const { kills, accepted, states, entries, findings, seed, seconds } = report
  const rows: [string, string | number][] = [
    ['seed', seed],
    ['minutes', (seconds / 60).toFixed(1)],
    ...KINDS.map((kind): [string, string] => {
      const those = kills.filter((kill) => kill.kind === kind)
      return [
        `kills: ${kind}`,
        `${those.length} (${those.filter(({ running }) => running).length} while jobs ran)`,
      ]
    }),
    ['kills in all', kills.length],
    ['jobs accepted', accepted],
    ...Object.entries(states).map(([state, count]): [string, number] => [`jobs ${state}`, count]),
    ['uploads accepted', entries.uploaded ?? 0],
    ['requests refused', entries.refused ?? 0],
    ['requests without an answer', entries.unanswered ?? 0],
    ...Object.entries(findings).map(([name, lines]): [string, number] => [
      NAMES[name as keyof Findings],
      lines.length,
    ]),
    ...RECOVERED.map((kind): [string, string] => [
      `back to work after a kill of ${kind}`,
      spoken(secondsAfter(report, kind)),
    ]),
    ['of that, Postgres itself', spoken(postgresSeconds(report))],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  return [...table, ...Object.values(findings).flat()].join('\n')
}

const secondsAfter = ({ recoveries }: SoakReport, kind: Kind): number[] =>
  recoveries.filter((recovery) => recovery.kind === kind).map(({ seconds }) => seconds)

const postgresSeconds = ({ kills }: SoakReport): number[] =>
  kills.flatMap(({ postgresSeconds }) => postgresSeconds ?? [])

function spreadOf(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  return { median, longest: sorted.at(-1) ?? 0, count: sorted.length }
}

function spoken(values: readonly number[]): string {
  const { median, longest, count } = spreadOf(values)
  return `median ${median.toFixed(1)} s, longest ${longest.toFixed(1)} s, of ${count}`
}
