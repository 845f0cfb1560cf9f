import { type BatchFiles, findBatchFiles } from '#core/asset/data'
import { db } from '#core/db'
import { defaultEngine } from '#core/engine/default-engine'
import type { EngineName } from '#core/engine/options'
import { readCorrection } from '#core/forecast/calibration'
import { workloadsOf } from '#core/forecast/cost'
import { type CostEstimate, secondsOf } from '#core/forecast/cost-model'
import { forecastLine, type Times } from '#core/forecast/forecast'
import { corrected, type Expected, readSnapshot } from '#core/forecast/forecast-data'
import type { LineJob, QueueNow } from '#core/forecast/forecast-line'
import { Z90 } from '#core/forecast/normal'
import { readControl } from '#core/queue/control'
import { tagsOf } from '#core/queue/fair'
import { BANDS, type Band } from '#core/queue/ordering'
import { readShare } from '#core/queue/shares'

/** A batch that might be sent. */
export interface BatchDraft {
  speechId: string
  presenterIds: readonly string[]
  /** Normal where it is left out. */
  band?: Band
  options?: { engine?: EngineName | null }
}

/** Jobs of one person that would end later, and by how much at most. */
export interface Delay {
  ownerId: string
  name: string
  jobs: number
  /** Milliseconds. */
  atMost: number
}

/** What a batch would cost, when it would be done, and whom it would delay. */
export interface DraftForecast {
  /** Seconds that a slot works on it, all videos together. */
  gpuSeconds: { p50: number; p90: number }
  /** Its first video's start and its last one's end; or why that can't be said. */
  times: { startAt: Expected; finishAt: Expected } | { unknown: 'paused' | 'no_worker' }
  /** Waiting jobs of others that would end later, and by how many milliseconds at most. */
  delays: { jobs: number; atMost: number }
  /** The same by owner, the most delayed first: for admins only. */
  delayed: Delay[]
}

export type DraftOutcome =
  | { outcome: 'forecast'; forecast: DraftForecast }
  | Exclude<BatchFiles, { outcome: 'found' }>

/** Delays below this are within what a forecast can't tell. */
const MIN_DELAY_MS = 10_000

/**
 * Forecasts a batch before it is sent, by playing the line through with it and without. Under policy fifo nobody
 * of its band or above waits longer; under fair, or from a higher band, some do.
 */
export async function forecastDraft(ownerId: string, draft: BatchDraft): Promise<DraftOutcome> {
  const files = await findBatchFiles(db(), ownerId, draft)
  if (files.outcome !== 'found') return files
  const { queue } = await readSnapshot()
  const works = await workloadsOf(db(), files.speech.durationMs, files.presenters)
  const engine = draft.options?.engine ?? defaultEngine()
  const costs = works.map((work) => queue.costsOf(work, engine))
  return { outcome: 'forecast', forecast: await forecastCosts(ownerId, draft.band ?? 'normal', costs, queue) }
}

async function forecastCosts(
  ownerId: string,
  band: Band,
  costs: readonly (CostEstimate | null)[][],
  queue: QueueNow,
): Promise<DraftForecast> {
  const possible = costs.map((own) => own.filter((cost) => cost !== null))
  const gpuSeconds = totalOf(possible)
  const able = queue.slots.length > 0 && possible.every((own) => own.length > 0)
  const unknown = !able ? 'no_worker' : queue.paused ? 'paused' : null
  if (unknown) return { gpuSeconds, times: { unknown }, delays: { jobs: 0, atMost: 0 }, delayed: [] }
  const tags = await startTags(ownerId, band, possible)
  const mine = costs.map(
    (own, index): LineJob => ({
      id: `draft-${index}`,
      ownerId,
      band,
      startTag: tags?.[index] ?? null,
      costs: own,
      turn: { band, pinned: false, arrivedAt: queue.now, bandSince: queue.now },
    }),
  )
  const line = withDraft(queue.line, mine)
  const { now, slots, agingMs } = queue
  const before = forecastLine({ now, slots, jobs: queue.line, agingMs }).waiting
  const after = forecastLine({ now, slots, jobs: line, agingMs }).waiting
  const timesById = new Map(line.map(({ id }, index) => [id, after[index]]))
  const own = mine.flatMap(({ id }) => timesById.get(id) ?? [])
  const delayed = await delaysOf(queue.line, before, timesById, ownerId)
  const jobs = delayed.reduce((sum, delay) => sum + delay.jobs, 0)
  return {
    gpuSeconds,
    times: corrected(wholeOf(own), now, await readCorrection()),
    delays: { jobs, atMost: delayed[0]?.atMost ?? 0 },
    delayed,
  }
}

/** Where these jobs go: behind their band under fifo; under fair before the first job with a greater tag. */
export function withDraft(line: readonly LineJob[], draft: readonly LineJob[]): LineJob[] {
  const rank = (job: LineJob) => BANDS.indexOf(job.band)
  const result = [...line]
  for (const job of draft) {
    const at = result.findIndex(
      (other) =>
        rank(other) > rank(job) ||
        (rank(other) === rank(job) &&
          job.startTag !== null &&
          other.startTag !== null &&
          other.startTag > job.startTag),
    )
    result.splice(at < 0 ? result.length : at, 0, job)
  }
  return result
}

/** The start tags that the jobs would get under policy fair; null under fifo. */
async function startTags(ownerId: string, band: Band, costs: readonly CostEstimate[][]) {
  if ((await readControl()).policy !== 'fair') return null
  const seconds = costs.map((own) => meanSeconds(own))
  return tagsOf(await readShare(db(), ownerId, band), seconds).tags
}

/** A job's median seconds, averaged over the kinds of slots. */
const meanSeconds = (costs: readonly CostEstimate[]): number =>
  costs.reduce((sum, cost) => sum + secondsOf(cost), 0) / Math.max(1, costs.length)

/** The jobs' seconds together: their own draws average out, what the model is off by does not. */
function totalOf(costs: readonly CostEstimate[][]): { p50: number; p90: number } {
  const known = costs.filter((own) => own.length > 0)
  const p50 = known.reduce((sum, own) => sum + meanSeconds(own) * Math.exp(own[0].ownSd ** 2 / 2), 0)
  if (p50 === 0) return { p50: 0, p90: 0 }
  const own = known.reduce((sum, cost) => sum + (meanSeconds(cost) * cost[0].ownSd) ** 2, 0) / p50 ** 2
  const sharedSd = Math.max(...known.map((cost) => cost[0].sharedSd))
  return { p50, p90: p50 * Math.exp(Z90 * Math.sqrt(own + sharedSd ** 2)) }
}

/** The first start and the last end. */
function wholeOf(times: readonly Times[]): Times {
  const least = (pick: (one: Times) => number) => Math.min(...times.map(pick))
  const most = (pick: (one: Times) => number) => Math.max(...times.map(pick))
  return {
    startP50: least((one) => one.startP50),
    startP90: least((one) => one.startP90),
    finishP50: most((one) => one.finishP50),
    finishP90: most((one) => one.finishP90),
  }
}

async function delaysOf(
  line: readonly LineJob[],
  before: readonly (Times | null)[],
  after: ReadonlyMap<string, Times | null>,
  ownerId: string,
): Promise<Delay[]> {
  const later = line.flatMap((job, index) => {
    const delay = (after.get(job.id)?.finishP50 ?? 0) - (before[index]?.finishP50 ?? 0)
    return job.ownerId !== ownerId && delay >= MIN_DELAY_MS ? [{ ownerId: job.ownerId, delay }] : []
  })
  const byOwner = Map.groupBy(later, (one) => one.ownerId)
  const owners = await db().user.findMany({
    where: { id: { in: [...byOwner.keys()] } },
    select: { id: true, name: true },
  })
  return owners
    .map(({ id, name }) => {
      const own = byOwner.get(id)!
      return { ownerId: id, name, jobs: own.length, atMost: Math.max(...own.map(({ delay }) => delay)) }
    })
    .sort((a, b) => b.atMost - a.atMost)
}
