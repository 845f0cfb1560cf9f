import type { CostEstimate } from '#core/forecast/cost-model'
import { type AgingTurn, liftsOf } from '#core/forecast/lifts'
import {
  COURSES,
  type Courses,
  type Line,
  type LineSlot,
  LUCKS,
  playCourses,
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
  /** What aging goes by; left out, it is not lifted. */
  turn?: AgingTurn
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
  /** Milliseconds in a band after which a job is lifted to the next; null or left out for never. */
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
  const line = { ...lineOf(jobs, now, kindsOf(slots)), lifts: liftsIn(jobs, agingMs, now) }
  const lineSlots = slots.map(lineSlotOf)
  const courses = playCourses(line, lineSlots)
  return {
    waiting: jobs.map((_, job) => timesOf(courses, jobs.length, job, now)),
    running: slots.map((slot, index) => (slot.running ? endOf(slot, lineSlots[index], now) : null)),
  }
}

/** Longer lines are forecast without aging: with 10,000 jobs of several bands it takes 0.4 s instead of 0.04. */
const LONGEST_AGING = 2500

function liftsIn(jobs: readonly ForecastJob[], agingMs: number | null, now: number) {
  if (agingMs === null || jobs.length > LONGEST_AGING) return null
  const turns = jobs.flatMap(({ turn }) => turn ?? [])
  return turns.length < jobs.length ? null : liftsOf(turns, agingMs, now)
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
    luck: Uint16Array.from(jobs, (job) => luckOf(job.id)),
    lifts: null,
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
function luckOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, id.length - 8); i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 8) % LUCKS
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

const scratch = new Float64Array(COURSES)

function timesOf({ start, finish }: Courses, jobs: number, job: number, now: number): Times | null {
  if (finish[job] === Number.POSITIVE_INFINITY) return null
  gather(start, jobs, job)
  const startP50 = now + 1000 * middle()
  const startP90 = now + 1000 * nine()
  gather(finish, jobs, job)
  return { startP50, startP90, finishP50: now + 1000 * middle(), finishP90: now + 1000 * nine() }
}

/** One job's times of all courses into `scratch`, ascending. They come nearly sorted, which suits insertion. */
function gather(times: Float32Array, jobs: number, job: number): void {
  for (let course = 0; course < COURSES; course++) {
    const time = times[course * jobs + job]
    let at = course
    while (at > 0 && scratch[at - 1] > time) {
      scratch[at] = scratch[at - 1]
      at--
    }
    scratch[at] = time
  }
}

const middle = () => (scratch[COURSES / 2 - 1] + scratch[COURSES / 2]) / 2
const NINE = 0.9 * COURSES - 0.5
const nine = () => {
  const below = Math.floor(NINE)
  return scratch[below] + (NINE - below) * (scratch[below + 1] - scratch[below])
}

/** When a running job ends: the line of one slot with nothing in it but a moment's work. */
function endOf(slot: ForecastSlot, lineSlot: LineSlot, now: number): Times {
  const nothing: ForecastJob = { id: '', costs: [] }
  const line = lineOf([{ ...nothing, costs: costsOf(slot.kind) }], now, 1 << slot.kind)
  const { startP50, startP90 } = timesOf(playCourses(line, [lineSlot]), 1, 0, now)!
  const startedAt = now - 1000 * (slot.running?.elapsedSeconds ?? 0)
  return { startP50: startedAt, startP90: startedAt, finishP50: startP50, finishP90: startP90 }
}

const INSTANT: CostEstimate = { logMedian: Number.NEGATIVE_INFINITY, ownSd: 0, sharedSd: 0 }
const costsOf = (kind: number) => Array.from({ length: kind + 1 }, (_, k) => (k === kind ? INSTANT : null))
