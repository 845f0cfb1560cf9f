import { type BatchFiles, findBatchFiles } from '#core/asset/data'
import type { BatchRequest } from '#core/batch/schema'
import { type Tx, transact } from '#core/db'
import { defaultEngine } from '#core/engine/default-engine'
import { renderOptions } from '#core/engine/options'
import { announce } from '#core/events/events'
import { readPredictor, workloadsOf } from '#core/forecast/cost'
import { recordForecast } from '#core/forecast/recorded-forecast'
import { newId } from '#core/ids'
import { checkAdmission } from '#core/limits/limits'
import type { Refusal } from '#core/limits/refusal'
import { arrive } from '#core/queue/arrivals'
import { enterLineTogether } from '#core/queue/entry'
import { lockForArrivals } from '#core/queue/line'
import { toPriority } from '#core/queue/ordering'
import { lockActiveUser } from '#core/viewer/lock-user'
import type { Batch, RenderJob } from '#prisma/client'

export type CreateBatchOutcome =
  | { outcome: 'created'; batch: Batch; jobs: RenderJob[] }
  | Exclude<BatchFiles, { outcome: 'found' }>
  | { outcome: 'owner_disabled' }
  | { outcome: 'refused'; refusal: Refusal }

/**
 * Puts one speech and its videos into the queue: the batch, its render jobs and pg-boss's jobs are one
 * transaction, so no job is ever half there. Jobs wait in the order of `presenterIds`, behind all that waits.
 */
export async function createBatch(ownerId: string, request: BatchRequest): Promise<CreateBatchOutcome> {
  const predictCost = await readPredictor()
  const result = await transact<CreateBatchOutcome>(async (tx) => {
    if (!(await lockActiveUser(tx, ownerId))) return { outcome: 'owner_disabled' }
    const { name, speechId, presenterIds, band = 'normal' } = request
    await lockFiles(tx, [speechId, ...presenterIds])
    const files = await findBatchFiles(tx, ownerId, request)
    if (files.outcome !== 'found') return files
    const { speech, presenters } = files

    const options = renderOptions.parse(request.options ?? {})
    const engine = options.engine ?? defaultEngine()
    const works = await workloadsOf(tx, speech.durationMs, presenters)
    const costs = works.map((work) => predictCost(work, engine))
    const seconds = costs.reduce((sum, cost) => sum + cost, 0)
    const refusal = await checkAdmission(tx, ownerId, costs.length, seconds)
    if (refusal) return { outcome: 'refused', refusal }

    const batch = await tx.batch.create({ data: { ownerId, name, speechId, options } })
    const line = await lockForArrivals(tx)
    const arrivals = await arrive(line, ownerId, band, costs)
    const rows = presenterIds.map((presenterId, ordinal) => ({
      batchId: batch.id,
      ownerId,
      presenterId,
      ordinal,
      engine,
      band,
      ...arrivals[ordinal],
      priority: toPriority({ band, ticket: arrivals[ordinal].ticket }),
      costSeconds: costs[ordinal],
      bossJobId: newId(),
    }))
    const jobs = await tx.renderJob.createManyAndReturn({ data: rows })
    jobs.sort((a, b) => a.ordinal - b.ordinal)
    await tx.jobEvent.createMany({
      data: jobs.map((job) => ({ jobId: job.id, kind: 'queued', actorId: ownerId })),
    })
    await enterLineTogether(line.tx, jobs)
    await announce(tx, { kind: 'changed', ownerId, batchId: batch.id })
    return { outcome: 'created', batch, jobs }
  })
  if (result.outcome === 'created') await recordForecast(result.jobs.map((job) => job.id))
  return result
}

/** Until the transaction ends nobody deletes these, nor puts them into the trash. */
async function lockFiles(tx: Tx, ids: string[]): Promise<void> {
  await tx.$executeRaw`SELECT FROM "Asset" WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR KEY SHARE`
}
