import { KINDS } from './kills.ts'
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

/** The report as figures, for one line of JSON. */
export function figuresOf(report: SoakReport) {
  const { seed, kills, accepted, states, findings, backToWork, seconds } = report
  return {
    ...{ seed, accepted, states, seconds: Math.round(seconds) },
    kills: kills.length,
    killsByKind: Object.fromEntries(
      KINDS.map((kind) => [kind, kills.filter((kill) => kill.kind === kind).length]),
    ),
    killsMidRender: kills.filter(({ running }) => running).length,
    ...Object.fromEntries(Object.entries(findings).map(([name, lines]) => [name, lines.length])),
    backToWorkSeconds: { median: middle(backToWork), longest: Math.max(0, ...backToWork) },
    details: Object.values(findings).flat(),
  }
}

/** The report as a table for people. */
export function tableOfSoak(report: SoakReport): string {
  const { kills, accepted, states, findings, backToWork, seed, seconds } = report
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
    ...Object.entries(findings).map(([name, lines]): [string, number] => [
      NAMES[name as keyof Findings],
      lines.length,
    ]),
    [
      'back to work after all at once',
      `median ${middle(backToWork).toFixed(1)} s, longest ${Math.max(0, ...backToWork).toFixed(1)} s`,
    ],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  return [...table, ...Object.values(findings).flat()].join('\n')
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
