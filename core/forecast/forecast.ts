import { type AgingJob, promotionsOf } from '#core/forecast/aging-promotions'
import type { CostEstimate } from '#core/forecast/cost-model'
import {
  DRAWS,
  type Line,
  type LineSlot,
  PATHS,
  type SamplePaths,
  samplePaths,
} from '#core/forecast/line-simulation'

/** A slot as the forecast sees it. Slots of one kind (engine and device) share their cost estimates. */
export interface ForecastSlot {
  /** Index into each job's `costs`, below 31. */
  kind: number
  /** What runs there: its whole cost, and the seconds that are over. Null: it is free. */
  running: { cost: CostEstimate; elapsedSeconds: number; fraction: number } | null
  /** Milliseconds from now until it takes jobs again. 0 when left out. */
  freeInMs?: number
}

/** A waiting job, in the order of the line. */
export interface ForecastJob {
  id: string
  /** What it costs on each kind of slot; null where its engine isn't. */
  costs: readonly (CostEstimate | null)[]
  /** It waits out a backoff: not before this time (ms). */
  notBefore?: number | null
  /** What aging goes by; left out, it is not promoted. */
  turn?: AgingJob
}

/** When a job starts and ends, as milliseconds of the epoch: with even odds before p50, nine times in ten before p90. */
export interface Times {
  startP50: number
  startP90: number
  finishP50: number
  finishP90: number
}

export interface ForecastInput {
  now: number
  slots: readonly ForecastSlot[]
  jobs: readonly ForecastJob[]
  /** Milliseconds in a band after which a job is promoted to the next; null or left out for never. */
  agingMs?: number | null
}

/**
 * Start and end of every waiting job, and the end of every running one, from playing the line through many
 * times. Null for a job that no slot can take. 10,000 jobs on 8 slots take about 20 ms.
 */
export function forecastLine({ now, slots, jobs, agingMs = null }: ForecastInput): {
  waiting: (Times | null)[]
  running: (Times | null)[]
} {
  const line = { ...lineOf(jobs, now, kindsOf(slots)), promotions: promotionsIn(jobs, agingMs, now) }
  const lineSlots = slots.map(lineSlotOf)
  const paths = samplePaths(line, lineSlots)
  return {
    waiting: jobs.map((_, job) => timesOf(paths, jobs.length, job, now)),
    running: slots.map((slot, index) => (slot.running ? endOf(slot, lineSlots[index], now) : null)),
  }
}

/** Longer lines are forecast without aging: with 10,000 jobs of several bands it takes 0.4 s instead of 0.04. */
const MAX_AGING = 2500

function promotionsIn(jobs: readonly ForecastJob[], agingMs: number | null, now: number) {
  if (agingMs === null || jobs.length > MAX_AGING) return null
  const turns = jobs.flatMap(({ turn }) => turn ?? [])
  return turns.length < jobs.length ? null : promotionsOf(turns, agingMs, now)
}

/** The kinds that have a slot, one bit each. */
const kindsOf = (slots: readonly ForecastSlot[]) => slots.reduce((mask, slot) => mask | (1 << slot.kind), 0)

function lineOf(jobs: readonly ForecastJob[], now: number, present: number): Line {
  const kinds = 32 - Math.clz32(present)
  const line: Line = {
    jobs: jobs.length,
    kinds,
    seconds: new Float64Array(kinds * jobs.length).fill(Number.POSITIVE_INFINITY),
    ownSd: new Float64Array(kinds * jobs.length),
    sharedSd: new Float64Array(kinds * jobs.length),
    able: new Uint32Array(jobs.length),
    notBefore: Float64Array.from(jobs, (job) => Math.max(0, ((job.notBefore ?? 0) - now) / 1000)),
    draw: Uint16Array.from(jobs, (job) => drawOf(job.id)),
    promotions: null,
  }
  jobs.forEach(({ costs }, job) => {
    for (let kind = 0; kind < kinds; kind++) {
      const cost = costs[kind]
      if (!cost || !(present & (1 << kind))) continue
      const cell = kind * jobs.length + job
      line.seconds[cell] = Math.exp(cost.logMedian)
      line.ownSd[cell] = cost.ownSd
      line.sharedSd[cell] = cost.sharedSd
      line.able[job] |= 1 << kind
    }
  })
  return line
}

/** FNV-1a of an id's last characters, which are random in a UUID. */
function drawOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, id.length - 8); i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 8) % DRAWS
}

/**
 * What runs, from two sources weighted by their precision: the model's cost, and the time so far divided by the
 * fraction done, which is rough at first (standard deviation 0.6 of the logarithm at 10 %) and exact in the end.
 */
function lineSlotOf({ kind, running, freeInMs = 0 }: ForecastSlot): LineSlot {
  if (!running) return { kind, freeIn: freeInMs / 1000, running: null }
  const { cost, fraction, elapsedSeconds: elapsed } = running
  const modelVariance = cost.ownSd ** 2 + cost.sharedSd ** 2 + 1e-6
  if (!(fraction > 0.005) || !(elapsed > 0.1))
    return { kind, freeIn: 0, running: { logMedian: cost.logMedian, sd: Math.sqrt(modelVariance), elapsed } }
  const seenVariance = (0.04 * (1 - Math.min(fraction, 0.999))) / fraction
  const trust = modelVariance / (modelVariance + seenVariance)
  const logMedian = (1 - trust) * cost.logMedian + trust * Math.log(elapsed / fraction)
  return { kind, freeIn: 0, running: { logMedian, sd: Math.sqrt(trust * seenVariance), elapsed } }
}

const scratch = new Float64Array(PATHS)

function timesOf({ start, finish }: SamplePaths, jobs: number, job: number, now: number): Times | null {
  if (finish[job] === Number.POSITIVE_INFINITY) return null
  gather(start, jobs, job)
  const startP50 = now + 1000 * p50()
  const startP90 = now + 1000 * p90()
  gather(finish, jobs, job)
  return { startP50, startP90, finishP50: now + 1000 * p50(), finishP90: now + 1000 * p90() }
}

/** One job's times of all paths into `scratch`, ascending. They come nearly sorted, which suits insertion. */
function gather(times: Float32Array, jobs: number, job: number): void {
  for (let path = 0; path < PATHS; path++) {
    const time = times[path * jobs + job]
    let at = path
    while (at > 0 && scratch[at - 1] > time) {
      scratch[at] = scratch[at - 1]
      at--
    }
    scratch[at] = time
  }
}

const p50 = () => (scratch[PATHS / 2 - 1] + scratch[PATHS / 2]) / 2
const P90_RANK = 0.9 * PATHS - 0.5
const p90 = () => {
  const below = Math.floor(P90_RANK)
  return scratch[below] + (P90_RANK - below) * (scratch[below + 1] - scratch[below])
}

/** When a running job ends: the line of one slot with nothing in it but a moment's work. */
function endOf(slot: ForecastSlot, lineSlot: LineSlot, now: number): Times {
  const nothing: ForecastJob = { id: '', costs: [] }
  const line = lineOf([{ ...nothing, costs: costsOf(slot.kind) }], now, 1 << slot.kind)
  const { startP50, startP90 } = timesOf(samplePaths(line, [lineSlot]), 1, 0, now)!
  const startedAt = now - 1000 * (slot.running?.elapsedSeconds ?? 0)
  return { startP50: startedAt, startP90: startedAt, finishP50: startP50, finishP90: startP90 }
}

const INSTANT: CostEstimate = { logMedian: Number.NEGATIVE_INFINITY, ownSd: 0, sharedSd: 0 }
const costsOf = (kind: number) => Array.from({ length: kind + 1 }, (_, k) => (k === kind ? INSTANT : null))
