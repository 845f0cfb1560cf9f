import { readCorrection } from '#core/forecast/calibration'
import { applyCorrection, type Correction } from '#core/forecast/correction'
import { forecastLine, type Times } from '#core/forecast/forecast'
import { type QueueNow, readQueueNow } from '#core/forecast/forecast-line'

/** A moment as a forecast knows it: with even odds before p50, nine times in ten before p90. */
export interface Expected {
  p50: Date
  p90: Date
}

/** When a job starts and ends; or why that can't be said: the queue or its batch is paused, or no worker is there for it. */
export type JobForecast = { startAt: Expected; finishAt: Expected } | { unknown: 'paused' | 'no_worker' }

/** One forecast of the whole queue: what was simulated, and the same corrected by how past ones were kept. */
export interface Snapshot {
  queue: QueueNow
  simulated: Map<string, Times>
  byJob: Map<string, JobForecast>
}

/** A forecast is used for so long; after a change, only for those who ask within a moment. */
const FRESH_MS = 2000
const BURST_MS = 250

interface Shared {
  at: number
  changed: boolean
  snapshot: Promise<Snapshot>
  /** The one after it, for those who want to know of what came meanwhile. */
  next: Promise<Snapshot> | null
}

const shared = globalThis as typeof globalThis & {
  greenroomForecast?: Shared
}

/**
 * The forecasts of these open jobs, by id; ended ones have none. All who ask share one forecast of the whole
 * queue, made anew after a change, or every two seconds while somebody asks.
 */
export async function readForecast(jobIds: readonly string[]): Promise<Map<string, JobForecast>> {
  if (jobIds.length === 0) return new Map()
  const { byJob } = await readSnapshot()
  return new Map(jobIds.flatMap((id) => (byJob.has(id) ? [[id, byJob.get(id)!]] : [])))
}

/** Whatever was forecast no longer holds: jobs came, moved or ended, or workers did. */
export function forgetForecast(): void {
  if (shared.greenroomForecast) shared.greenroomForecast.changed = true
}

/**
 * The shared forecast of the queue; `fresh` for one that knows of everything committed so far. Those who want a
 * fresh one while another is being made share the next.
 */
export function readSnapshot({ fresh = false } = {}): Promise<Snapshot> {
  const known = shared.greenroomForecast
  if (!known) return startSnapshot()
  if (fresh) {
    known.next ??= known.snapshot.then(startSnapshot, startSnapshot)
    return known.next
  }
  const age = Date.now() - known.at
  return age < (known.changed ? BURST_MS : FRESH_MS) ? known.snapshot : startSnapshot()
}

function startSnapshot(): Promise<Snapshot> {
  const snapshot = makeSnapshot()
  const entry = { at: Date.now(), changed: false, snapshot, next: null }
  shared.greenroomForecast = entry
  snapshot.catch(() => {
    if (shared.greenroomForecast === entry) shared.greenroomForecast = undefined
  })
  return snapshot
}

/** Simulated times, corrected by how past forecasts were kept. */
export function corrected(times: Times, now: number, correction: Correction) {
  const expected = (p50: number, p90: number): Expected => {
    const wait = applyCorrection(correction, {
      p50: Math.max(0, p50 - now) / 1000,
      p90: Math.max(0, p90 - now) / 1000,
    })
    return { p50: new Date(now + 1000 * wait.p50), p90: new Date(now + 1000 * wait.p90) }
  }
  const finishAt = expected(times.finishP50, times.finishP90)
  const start = expected(times.startP50, times.startP90)
  const earlier = (a: Date, b: Date) => (a < b ? a : b)
  return {
    startAt: { p50: earlier(start.p50, finishAt.p50), p90: earlier(start.p90, finishAt.p90) },
    finishAt,
  }
}

async function makeSnapshot(): Promise<Snapshot> {
  const [queue, correction] = await Promise.all([readQueueNow(), readCorrection()])
  const { line, slots, now, paused, runningIds, heldIds, agingMs } = queue
  const times = forecastLine({ now, slots, jobs: line, agingMs })
  const simulated = new Map<string, Times>()
  const byJob = new Map<string, JobForecast>()
  line.forEach(({ id }, index) => {
    const at = times.waiting[index]
    if (!at) byJob.set(id, { unknown: 'no_worker' })
    else if (paused) byJob.set(id, { unknown: 'paused' })
    else {
      simulated.set(id, at)
      byJob.set(id, corrected(at, now, correction))
    }
  })
  for (const id of heldIds) byJob.set(id, { unknown: 'paused' })
  runningIds.forEach((id, slot) => {
    const at = times.running[slot]
    if (id && at) byJob.set(id, running(at))
  })
  return { queue, simulated, byJob }
}

const running = ({ startP50, finishP50, finishP90 }: Times): JobForecast => ({
  startAt: { p50: new Date(startP50), p90: new Date(startP50) },
  finishAt: { p50: new Date(finishP50), p90: new Date(finishP90) },
})
