import { createBatch } from '#core/batch/mutations'
import { db } from '#core/db'
import { readSnapshot } from '#core/forecast/forecast-data'
import { median } from '#core/forecast/normal'
import { setLimits } from '#core/limits/limits'
import { setPolicy } from '#core/queue/policy'
import { jobsAhead, jobsAheadOfEach } from '#core/queue/position'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import type { Viewer } from '#core/viewer/viewer'
import { createAsset, createUser } from '#test/setup/factories'
import { fillLine, vacuum } from '#test/setup/long-line'

/** What things cost with so many jobs in line: medians in milliseconds. */
export interface LineCost {
  length: number
  position: number
  positions: number
  enqueue: number
  move: number
  /** A forecast of the whole line, from the database; enqueueing and moving wait for one. */
  forecast: number
}

/** Makes a line of this length and measures with it. */
export async function lineCost(length: number, repetitions: number): Promise<LineCost> {
  await clear()
  const [owner] = await fillLine(length, Math.min(length, 20))
  const admin = await createUser('admin')
  await setLimits(NO_LIMITS, admin.id)
  const last = await db().renderJob.findFirstOrThrow({
    where: { state: 'queued' },
    orderBy: { priority: 'asc' },
  })
  const hundred = await spread(owner.id)
  // With a million each of these takes many seconds.
  const waitsForForecast = length > 100_000 ? 3 : repetitions
  const [position, positions] = await timedInTurn(
    2 * repetitions,
    () => jobsAhead(last.priority),
    () => jobsAheadOfEach(hundred),
  )
  const move = length > 2 ? await timedMoves(waitsForForecast, admin) : 0
  const enqueue = await timedBatches(Math.min(waitsForForecast, 10))
  const forecast = await timed(Math.min(waitsForForecast, 5), () => readSnapshot({ fresh: true }))
  return { length, position, positions, enqueue, move, forecast }
}

const clear = () =>
  db().$transaction([
    db()
      .$executeRaw`TRUNCATE "JobEvent", "RenderJob", "Batch", "Asset", "AuditEntry", "Worker", "User" CASCADE`,
    db().$executeRaw`TRUNCATE pgboss.job`,
    db().$executeRaw`UPDATE "QueueControl" SET policy = 'fifo'`,
  ])

const NO_LIMITS = {
  maxWaiting: null,
  maxWaitingPerUser: null,
  gpuMinutesPerUserPerDay: null,
  minFreeDiskBytes: 0,
}

/** Priorities of a hundred jobs of one user, from the front of the line to its end. */
async function spread(ownerId: string): Promise<number[]> {
  const rows = await db().$queryRaw<{ priority: number }[]>`
    SELECT priority FROM (
      SELECT priority, row_number() OVER (ORDER BY priority) AS nth, count(*) OVER () AS all FROM "RenderJob"
      WHERE "ownerId" = ${ownerId}::uuid AND state = 'queued') AS mine
    WHERE (nth - 1) % greatest(1, "all" / 100) = 0 LIMIT 100`
  return rows.map(({ priority }) => priority)
}

async function timedMoves(repetitions: number, admin: Viewer): Promise<number> {
  const ids = await someWaiting(2 * repetitions)
  return timed(Math.floor(ids.length / 2), () => moveJob(ids.pop()!, admin, { after: ids.pop()! }))
}

/** One speech with a hundred videos. */
async function timedBatches(repetitions: number): Promise<number> {
  const owner = await createUser('member', 'sender')
  const speech = await createAsset(owner.id, 'speech')
  const presenters = await Promise.all(Array.from({ length: 100 }, () => createAsset(owner.id, 'presenter')))
  const presenterIds = presenters.map(({ id }) => id)
  return timed(repetitions, async () => {
    const created = await createBatch(owner.id, { name: 'Hundred', speechId: speech.id, presenterIds })
    if (created.outcome !== 'created') throw new Error(created.outcome)
  })
}

/** What a line costs under policy fair, and to change the policy: medians in milliseconds, one try of a switch. */
export interface FairCost {
  length: number
  toFair: number
  toFifo: number
  cancel: number
  move: number
  enqueue: number
}

/** Makes a line of this length of 200 people, switches its policy and measures with it. */
export async function fairCost(length: number, repetitions: number): Promise<FairCost> {
  await clear()
  await fillLine(length, 200)
  const admin = await createUser('admin')
  await setLimits(NO_LIMITS, admin.id)
  const toFair = await timed(1, () => setPolicy('fair', admin.id))
  await vacuum()
  const cancel = await timedCancels(repetitions, admin)
  const move = await timedMoves(repetitions, admin)
  const enqueue = await timedBatches(10)
  const toFifo = await timed(1, () => setPolicy('fifo', admin.id))
  return { length, toFair, toFifo, cancel, move, enqueue }
}

async function timedCancels(repetitions: number, admin: Viewer): Promise<number> {
  const ids = await someWaiting(repetitions)
  return timed(repetitions, () => cancelJob(ids.pop()!, admin))
}

async function someWaiting(count: number): Promise<string[]> {
  const rows = await db().$queryRaw<{ id: string }[]>`
    SELECT id::text FROM "RenderJob" WHERE state = 'queued' ORDER BY random() LIMIT ${count}`
  return rows.map(({ id }) => id)
}

/** The median of so many, after one to warm up. */
async function timed(repetitions: number, work: () => Promise<unknown>): Promise<number> {
  return (await timedInTurn(repetitions, work))[0]
}

/** The same for several things done in turn, so that what else the machine does weighs on all of them alike. */
async function timedInTurn(repetitions: number, ...works: (() => Promise<unknown>)[]): Promise<number[]> {
  const times: number[][] = works.map(() => [])
  for (let turn = 0; turn < repetitions; turn++) {
    for (const [index, work] of works.entries()) {
      const start = performance.now()
      await work()
      times[index].push(performance.now() - start)
    }
  }
  return times.map((own) => median(own.slice(own.length > 2 ? 1 : 0)))
}
