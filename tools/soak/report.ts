import { atMost, type Check, told } from '#tools/measure/check'
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

/** Seconds in which work goes on after a restart on the same machine. */
const BACK_TO_WORK = 5

/** The report as checks: what must be none, how soon work went on, and what was done to it. */
export function checksOf(report: SoakReport): Check[] {
  const { kills, accepted, states, entries, findings, seed, seconds } = report
  return [
    ...Object.entries(findings).map(([name, lines]) =>
      atMost(NAMES[name as keyof Findings], lines.length, 0),
    ),
    ...RECOVERED.flatMap((kind) => {
      const { median, longest, count } = spreadOf(secondsAfter(report, kind))
      const name = `back to work after a kill of ${kind}`
      const checked = (value: number, which: string) =>
        count === 0
          ? []
          : [atMost(`${name}, ${which} of ${count}`, Number(value.toFixed(2)), BACK_TO_WORK, 's')]
      return [...checked(median, 'median'), ...checked(longest, 'longest')]
    }),
    ...startOfPostgres(report),
    told('kills', kills.length),
    ...KINDS.map((kind) => told(`kills: ${kind}`, kills.filter((kill) => kill.kind === kind).length)),
    told('kills while jobs ran', kills.filter(({ running }) => running).length),
    told('jobs accepted', accepted),
    ...Object.entries(states).map(([state, count]) => told(`jobs ${state}`, count)),
    told('uploads accepted', entries.uploaded ?? 0),
    told('requests refused', entries.refused ?? 0),
    told('requests without an answer', entries.unanswered ?? 0),
    told('minutes', Number((seconds / 60).toFixed(1)), 'min'),
    told('seed', seed),
  ]
}

function startOfPostgres(report: SoakReport): Check[] {
  const { median, longest, count } = spreadOf(postgresSeconds(report))
  if (count === 0) return []
  const name = "Postgres' own start and recovery"
  return [
    told(`${name}, median of ${count}`, Number(median.toFixed(2)), 's'),
    told(`${name}, longest`, Number(longest.toFixed(2)), 's'),
  ]
}

/** What was found to be wrong, a line each. */
export function detailsOf({ findings }: SoakReport): string[] {
  return Object.values(findings).flat()
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
