import { db } from '#core/db'
import { readControl } from '#core/queue/control'
import { NOWHERE, renderedPresenters } from '#core/queue/cost'
import { placeOf, readCostModel } from '#core/queue/cost-data'
import {
  type CostEstimate,
  type CostModel,
  estimateCost,
  type Place,
  type Workload,
} from '#core/queue/cost-model'
import type { ForecastJob, ForecastSlot } from '#core/queue/forecast'
import type { Band } from '#core/queue/ordering'
import { aliveSince } from '#core/queue/workers'
import { type PresenterSize, workloadOf } from '#core/queue/workload'
import { Prisma } from '../../prisma/generated/client.ts'

/** A waiting job with what the forecast, and a draft's place among the others, depend on. */
export interface LineJob extends ForecastJob {
  ownerId: string
  band: Band
  startTag: number | null
}

/** The queue as it is: slots that are alive, what runs on them, and the line in order. */
export interface QueueNow {
  now: number
  paused: boolean
  /** In the order of `slots`: the job that runs there, or null. */
  runningIds: (string | null)[]
  slots: ForecastSlot[]
  line: LineJob[]
  /** What a render would cost on each kind of slot. */
  costsOf: (work: Workload) => CostEstimate[]
}

/** A worker that loads its engine, or a render that is told to stop, frees its slot in about this time. */
const SOON_MS = 5000

/** Reads the queue for a forecast. Running jobs whose worker is gone count as waiting: they come back soon. */
export async function readQueueNow(): Promise<QueueNow> {
  const [control, workers, rows, model] = await Promise.all([
    readControl(),
    readSlots(),
    readOpenJobs(),
    readCostModel(),
  ])
  const now = Date.now()
  const places = workers.length > 0 ? distinctPlaces(workers.map(placeOf)) : [NOWHERE]
  const costsOf = (work: Workload) => costsAt(model, places, work)
  const cached = new Set(await renderedPresenters(db(), [...new Set(rows.map((row) => row.presenterId))]))
  const workOf = (row: OpenJob) => {
    const work = workloadOf(sizeOf(row), row.speechMs, cached.has(row.presenterId))
    // Whoever comes later with the same video finds it analysed.
    cached.add(row.presenterId)
    return work
  }
  const byWorker = new Map(rows.flatMap((row) => (row.running && row.workerId ? [[row.workerId, row]] : [])))
  const onSlots = workers.map((worker) => byWorker.get(worker.id) ?? null)
  const slots = workers.map((worker, index): ForecastSlot => {
    const kind = kindOf(places, placeOf(worker))
    const row = onSlots[index]
    if (!row) return { kind, running: null, freeInMs: worker.state === 'ready' ? 0 : SOON_MS }
    if (row.cancelling) return { kind, running: null, freeInMs: SOON_MS }
    const elapsedSeconds = Math.max(0, now - (row.startedAt?.getTime() ?? now)) / 1000
    return { kind, running: { cost: costsOf(workOf(row))[kind], elapsedSeconds, fraction: row.fraction } }
  })
  const held = new Set(onSlots)
  const line = rows
    .filter((row) => !held.has(row))
    .map(({ id, ownerId, band, startTag, notBefore, ...row }) => {
      const costs = costsOf(workOf({ id, ownerId, band, startTag, notBefore, ...row }))
      return { id, ownerId, band, startTag, costs, notBefore: notBefore?.getTime() ?? null }
    })
  return {
    ...{ now, slots, line, costsOf },
    paused: control.pausedAt !== null,
    runningIds: onSlots.map((row) => row?.id ?? null),
  }
}

interface OpenJob {
  id: string
  ownerId: string
  band: Band
  startTag: number | null
  notBefore: Date | null
  running: boolean
  cancelling: boolean
  workerId: string | null
  startedAt: Date | null
  fraction: number
  speechMs: number
  presenterId: string
  durationMs: number
  width: number | null
  height: number | null
  fps: number | null
}

/** Running and waiting jobs in the order of the line. One statement, so that no job is missed or seen twice. */
function readOpenJobs(): Promise<OpenJob[]> {
  return db().$queryRaw<OpenJob[]>(Prisma.sql`
    SELECT job.id::text, job."ownerId"::text AS "ownerId", job.band::text AS band, job."startTag", job."notBefore",
      job.state = 'running' AS running, job."cancelRequestedAt" IS NOT NULL AS cancelling,
      job."workerId"::text AS "workerId", job."startedAt", job.fraction, speech."durationMs" AS "speechMs",
      presenter.id::text AS "presenterId", presenter."durationMs", presenter.width, presenter.height, presenter.fps
    FROM "RenderJob" AS job
    JOIN "Batch" AS batch ON batch.id = job."batchId"
    JOIN "Asset" AS speech ON speech.id = batch."speechId"
    JOIN "Asset" AS presenter ON presenter.id = job."presenterId"
    WHERE job.state IN ('queued', 'running')
    ORDER BY job.state = 'running' DESC, job.priority DESC`)
}

/** The slots that take jobs now or as soon as their engine is loaded. */
const readSlots = async () =>
  db().worker.findMany({
    where: {
      state: { in: ['ready', 'starting'] },
      heartbeatAt: { gt: await aliveSince() },
    },
    orderBy: { device: 'asc' },
  })

const sizeOf = ({ presenterId, durationMs, width, height, fps }: OpenJob): PresenterSize => ({
  ...{ id: presenterId, durationMs, width, height, fps },
})

const samePlace = (a: Place, b: Place): boolean => a.engine === b.engine && a.device === b.device

/** Kinds of slots that are told apart; the forecast has a bit for each. */
const KINDS = 31

const distinctPlaces = (places: readonly Place[]): Place[] =>
  places
    .filter((place, index) => places.findIndex((other) => samePlace(place, other)) === index)
    .slice(0, KINDS)

/** Slots beyond the last kind count as of that one. */
function kindOf(places: readonly Place[], place: Place): number {
  const kind = places.findIndex((other) => samePlace(other, place))
  return kind < 0 ? KINDS - 1 : kind
}

const costsAt = (model: CostModel, places: readonly Place[], work: Workload): CostEstimate[] =>
  places.map((place) => estimateCost(model, work, place))
