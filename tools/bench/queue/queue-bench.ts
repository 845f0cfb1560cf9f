import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareDatabase } from '#bin/postgres/prepare'
import { startThrowAwayPostgres } from '#bin/postgres/throw-away'
import { ROOT } from '#bin/process/paths'
import { closeDb } from '#core/db'
import { forecastLine } from '#core/forecast/forecast'
import { forgetForecast } from '#core/forecast/forecast-data'
import { median } from '#core/forecast/normal'
import { closeBoss } from '#core/queue/boss'
import { atMost, type Check, told } from '#tools/measure/check'
import { type FairCost, fairCost, type LineCost, lineCost } from './line-cost.ts'
import { barePickup, ourPickup, type Pickup } from './pickup.ts'
import { plotCosts } from './plot.ts'

/** See docs/decisions/0006-design-size-of-the-line.md. */
const DESIGN_SIZE = 10_000
const LENGTHS = [1, 100, 1000, 10_000, 100_000, 1_000_000]

/**
 * What the queue costs: picking up jobs, beside bare pg-boss with the same settings, and reading and changing a line
 * of up to a million jobs, and under policy fair of the size the line is built for and ten times that. On a Postgres of its own. `quick` stops at 10,000; otherwise docs/queue-cost.svg is drawn.
 */
export async function runQueueBench({ quick = false } = {}): Promise<{ checks: Check[] }> {
  const postgres = await startThrowAwayPostgres({ killable: true })
  try {
    const DATA_DIR = join(postgres.folder, 'data')
    mkdirSync(DATA_DIR)
    Object.assign(process.env, { DATABASE_URL: postgres.url, DATA_DIR, LOG_LEVEL: 'warn' })
    await prepareDatabase({ owner: postgres.url, portal: postgres.url })
    const pickups = await pickupChecks(quick ? 30 : 60)
    const costs: LineCost[] = []
    for (const length of LENGTHS.filter((each) => !quick || each <= 10_000)) {
      forgetForecast()
      costs.push(await lineCost(length, 30))
      console.error(`• a line of ${length}: ${JSON.stringify(costs.at(-1))}`)
    }
    const fair: FairCost[] = []
    for (const length of quick ? [DESIGN_SIZE] : [DESIGN_SIZE, 100_000]) {
      fair.push(await fairCost(length, length > DESIGN_SIZE ? 5 : 30))
      console.error(`• policy fair: ${JSON.stringify(fair.at(-1))}`)
    }
    if (!quick) writeFileSync(join(ROOT, 'docs/queue-cost.svg'), plotCosts(costs))
    return {
      checks: [...pickups, ...costs.flatMap(costChecks), ...fair.flatMap(fairChecks), forecastCheck()],
    }
  } finally {
    await closeBoss()
    await closeDb()
    await postgres.remove()
  }
}

async function pickupChecks(repetitions: number): Promise<Check[]> {
  const ours = await ourPickup(repetitions, true)
  const bare = await barePickup(repetitions, true)
  const polling = await ourPickup(repetitions, false)
  const barePolling = await barePickup(repetitions, false)
  return [
    atMost('commit to start, p50', quantile(ours.latency, 0.5), 15, 'ms'),
    atMost('commit to start, p99', quantile(ours.latency, 0.99), 80, 'ms'),
    ...bareChecks('bare pg-boss with notify', bare),
    told('polling only: commit to start, p50', quantile(polling.latency, 0.5), 'ms'),
    told('polling only: commit to start, p99', quantile(polling.latency, 0.99), 'ms'),
    ...bareChecks('bare pg-boss, polling', barePolling),
    atMost('idle gap between two jobs', quantile(ours.gap, 0.5), 30, 'ms'),
    atMost('polling only: idle gap', quantile(polling.gap, 0.5), 30, 'ms'),
  ]
}

const bareChecks = (name: string, { latency, gap }: Pickup): Check[] => [
  told(`${name}: commit to start, p50`, quantile(latency, 0.5), 'ms'),
  told(`${name}: commit to start, p99`, quantile(latency, 0.99), 'ms'),
  told(`${name}: idle gap`, quantile(gap, 0.5), 'ms'),
]

/** A figure is held against the target that docs/queue.md names; one without a target is only told. */
function costChecks({ length, position, positions, move, enqueue, forecast }: LineCost): Check[] {
  const among = `among ${length.toLocaleString('en-US')}`
  const one = `position of the last ${among}`
  const targets: Record<number, number> = { 10000: 3, 100000: 20 }
  return [
    targets[length] ? atMost(one, position, targets[length], 'ms') : told(one, position, 'ms'),
    length >= 10_000
      ? atMost(`100 positions ${among}`, positions / position, 1.5, 'times one')
      : told(`100 positions ${among}`, positions, 'ms'),
    length === 100_000
      ? atMost(`moving one ${among}`, move, 20, 'ms')
      : told(`moving one ${among}`, move, 'ms'),
    told(`forecast of the whole line ${among}`, forecast, 'ms'),
    length <= 10_000
      ? atMost(`enqueueing 100 videos ${among}`, enqueue, 150, 'ms')
      : told(`enqueueing 100 videos ${among}`, enqueue, 'ms'),
  ]
}

function fairChecks({ length, toFair, toFifo, cancel, move, enqueue }: FairCost): Check[] {
  const among = `under fair among ${length.toLocaleString('en-US')}`
  // With more than it is built for the line only has to be right.
  const check = (name: string, ms: number) =>
    length > DESIGN_SIZE ? told(name, ms, 'ms') : atMost(name, ms, 150, 'ms')
  return [
    check(`cancelling one ${among}`, cancel),
    check(`moving one ${among}`, move),
    check(`enqueueing 100 videos ${among}`, enqueue),
    told(`switching to fair with ${length.toLocaleString('en-US')}`, toFair, 'ms'),
    told(`switching back to fifo with ${length.toLocaleString('en-US')}`, toFifo, 'ms'),
  ]
}

function forecastCheck(): Check {
  const cost = (seconds: number) => ({ logMedian: Math.log(seconds), ownSd: 0.2, sharedSd: 0.08 })
  const jobs = Array.from({ length: 10_000 }, (_, index) => ({
    id: (Math.imul(index, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
    costs: [cost(60 + (index % 100))],
  }))
  const slots = Array.from({ length: 8 }, () => ({ kind: 0, running: null }))
  const times = Array.from({ length: 30 }, () => {
    const start = performance.now()
    forecastLine({ now: 0, slots, jobs })
    return performance.now() - start
  })
  return atMost('forecast of 10,000 on 8 slots', median(times), 100, 'ms')
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
