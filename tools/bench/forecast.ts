import { forecastLine } from '#core/forecast/forecast'
import { median } from '#core/forecast/normal'
import { machinesOf } from './month/machine.ts'
import { playMonth } from './month/month.ts'
import { chance } from './month/random.ts'
import { presentersOf, submissionsOf } from './month/team.ts'
import { forecaster, type Kept } from './month/watcher.ts'

/** One figure of a bench, and whether it meets its target. */
export interface Check {
  name: string
  value: number
  unit: string
  target: string
  ok: boolean
}

export interface ForecastBench {
  checks: Check[]
}

/**
 * The portal's forecast through simulated months of mixed work: 1, 2 and 8 slots under both policies. It starts
 * without any history and is asked at each submission; only what it saw by then counts.
 */
export function runForecastBench({ seed = 1, slotCounts = [1, 2, 8] } = {}): ForecastBench {
  const months = slotCounts.flatMap((slots) =>
    (['fifo', 'fair'] as const).map((policy) => ({
      name: `${slots} ${slots === 1 ? 'slot' : 'slots'}, ${policy}`,
      kept: monthOf(slots, policy, seed),
    })),
  )
  const all = { name: 'all months', kept: months.flatMap(({ kept }) => kept) }
  return { checks: [...months, all].flatMap(({ name, kept }) => checksOf(name, kept)).concat(speed()) }
}

function monthOf(slots: number, policy: 'fifo' | 'fair', seed: number): Kept[] {
  const random = chance(seed * 1000 + slots)
  const presenters = presentersOf(random)
  // Heavier renders where there are more slots, so that a month has thousands of them and not tens of thousands.
  const pace = 0.12 * Math.sqrt(slots)
  const submissions = submissionsOf(random, presenters, 110 * Math.sqrt(slots))
  const machines = machinesOf(slots, seed * 77, pace, presenters)
  const watcher = forecaster(machines.map(({ device }) => device))
  playMonth({ policy, submissions, machines, random, watcher })
  return watcher.kept
}

function checksOf(name: string, kept: readonly Kept[]): Check[] {
  const share = (held: (one: Kept) => boolean) => (100 * kept.filter(held).length) / kept.length
  const p90 = share(({ actual, forecastP90 }) => actual <= forecastP90)
  const p50 = share(({ actual, forecastP50 }) => actual <= forecastP50)
  const simulated = share((one) => one.actual <= one.p90)
  const wait = median(kept.map(({ actual }) => actual)) / 60
  const off = 100 * median(kept.map(({ actual, forecastP50 }) => Math.abs(forecastP50 - actual) / actual))
  return [
    { name: `${name}: jobs`, value: kept.length, unit: '', target: '', ok: true },
    { name: `${name}: median wait`, value: wait, unit: 'min', target: '', ok: true },
    { name: `${name}: p90 held as simulated`, value: simulated, unit: '%', target: '', ok: true },
    { name: `${name}: p90 held`, value: p90, unit: '%', target: '85 to 95', ok: p90 >= 85 && p90 <= 95 },
    { name: `${name}: p50 held`, value: p50, unit: '%', target: '40 to 60', ok: p50 >= 40 && p50 <= 60 },
    {
      name: `${name}: median error of p50`,
      value: off,
      unit: '% of the wait',
      target: 'at most 20',
      ok: off <= 20,
    },
  ]
}

/** CPU milliseconds, whatever else the machine does, for 10,000 waiting jobs on 8 slots: the middle of several, after a warm-up. */
function speed(): Check {
  const cost = (seconds: number) => ({ logMedian: Math.log(seconds), ownSd: 0.2, sharedSd: 0.08 })
  const jobs = Array.from({ length: 10_000 }, (_, index) => ({
    id: (Math.imul(index, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
    costs: Array.from({ length: 8 }, (_, kind) => cost(60 + ((index + kind) % 100))),
  }))
  const slots = Array.from({ length: 8 }, (_, kind) => ({
    kind,
    running: { cost: cost(100), elapsedSeconds: 50, fraction: 0.5 },
  }))
  const times = Array.from({ length: 15 }, () => {
    const start = process.cpuUsage()
    forecastLine({ now: 0, slots, jobs })
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  const value = median(times.slice(4))
  return {
    name: 'forecast of 10,000 jobs on 8 slots',
    value,
    unit: 'ms of CPU',
    target: 'at most 100',
    ok: value <= 100,
  }
}
