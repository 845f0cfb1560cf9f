import { db } from '#core/db'
import { NOWHERE, renderedPresenters } from '#core/forecast/cost'
import { readCostModel, targetOf } from '#core/forecast/cost-data'
import {
  type CostEstimate,
  type CostModel,
  estimateCost,
  type RenderTarget,
  type Workload,
} from '#core/forecast/cost-model'
import type { ForecastJob, ForecastSlot } from '#core/forecast/forecast'
import { type PresenterSize, workloadOf } from '#core/forecast/workload'
import { readControl } from '#core/queue/control'
import type { Band } from '#core/queue/ordering'
import { readyEngines } from '#core/worker/engines'
import { aliveSince } from '#core/worker/liveness'
import { Prisma } from '#prisma/client'

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
  /** Milliseconds after which aging promotes a job to the next band; null for never, and under policy fair. */
  agingMs: number | null
  /** In the order of `slots`: the job that runs there, or null. */
  runningIds: (string | null)[]
  slots: ForecastSlot[]
  line: LineJob[]
  /** What a render would cost on each kind of slot; null where its engine isn't. */
  costsOf: (work: Workload, engine: string) => (CostEstimate | null)[]
  /** Waiting jobs of paused batches, which are not in the line. */
  heldIds: string[]
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
  const kinds = workers.length > 0 ? distinctKinds(workers.map(kindOf)) : [{ ...NOWHERE, engines: null }]
  const costsOf = (work: Workload, engine: string) => costsAt(model, kinds, work, engine)
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
    const kind = indexOf(kinds, kindOf(worker))
    const row = onSlots[index]
    if (!row) return { kind, running: null, freeInMs: worker.state === 'ready' ? 0 : SOON_MS }
    if (row.cancelling) return { kind, running: null, freeInMs: SOON_MS }
    const elapsedSeconds = Math.max(0, now - (row.startedAt?.getTime() ?? now)) / 1000
    const place = { engine: row.engine, device: kinds[kind].device }
    const cost = estimateCost(model, workOf(row), place)
    return { kind, running: { cost, elapsedSeconds, fraction: row.fraction } }
  })
  const onStage = new Set(onSlots)
  const line = rows
    .filter((row) => !onStage.has(row) && !row.held)
    .map((row) => {
      const { id, ownerId, band, startTag, notBefore, pinned } = row
      const costs = costsOf(workOf(row), row.engine)
      // Where a worker is gone, the line is not in its order: aging waits until it is.
      const turn = row.running
        ? undefined
        : { band, pinned, arrivedAt: row.queuedAt.getTime(), bandSince: row.bandSince.getTime() }
      return { id, ownerId, band, startTag, costs, notBefore: notBefore?.getTime() ?? null, turn }
    })
  return {
    ...{ now, slots, line, costsOf },
    heldIds: rows.flatMap((row) => (!onStage.has(row) && row.held ? [row.id] : [])),
    paused: control.pausedAt !== null,
    // Under fair a promoted job's place depends on its owner's share, which the line does not tell.
    agingMs:
      control.policy === 'fifo' && control.agingMinutes !== null ? control.agingMinutes * 60_000 : null,
    runningIds: onSlots.map((row) => row?.id ?? null),
  }
}

interface OpenJob {
  id: string
  ownerId: string
  band: Band
  startTag: number | null
  pinned: boolean
  queuedAt: Date
  bandSince: Date
  notBefore: Date | null
  engine: string
  running: boolean
  /** Its batch is paused. */
  held: boolean
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
    SELECT job.id::text, job."ownerId"::text AS "ownerId", job.band::text AS band, job."startTag", job.pinned,
      job."queuedAt", job."bandSince", job."notBefore",
      job.engine, job.state = 'running' AS running, batch."pausedAt" IS NOT NULL AS held, job."cancelRequestedAt" IS NOT NULL AS cancelling,
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

/** Slots that are alike: where they are, and which engines they have for new jobs; null: all. */
interface Kind extends RenderTarget {
  engines: readonly string[] | null
}

const kindOf = (worker: Awaited<ReturnType<typeof readSlots>>[number]): Kind => ({
  ...targetOf(worker),
  engines: worker.drainingAt ? [] : readyEngines(worker.engines),
})

const sameKind = (a: Kind, b: Kind): boolean =>
  a.engine === b.engine && a.device === b.device && a.engines?.join() === b.engines?.join()

/** Kinds of slots that are told apart; the forecast has a bit for each. */
const KINDS = 31

const distinctKinds = (kinds: readonly Kind[]): Kind[] =>
  kinds.filter((kind, index) => kinds.findIndex((other) => sameKind(kind, other)) === index).slice(0, KINDS)

/** Slots beyond the last kind count as of that one. */
function indexOf(kinds: readonly Kind[], kind: Kind): number {
  const index = kinds.findIndex((other) => sameKind(other, kind))
  return index < 0 ? KINDS - 1 : index
}

const costsAt = (model: CostModel, kinds: readonly Kind[], work: Workload, engine: string) =>
  kinds.map(({ device, engines }) =>
    engines === null || engines.includes(engine) ? estimateCost(model, work, { engine, device }) : null,
  )
