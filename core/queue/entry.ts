import type { Tx } from '#core/db'
import { newId } from '#core/ids'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import type { RenderJob } from '#prisma/client'

/** The pg-boss job that stands for a render job in the line: its group is the engine, so that slots can choose. */
const bossEntry = (job: Pick<RenderJob, 'id' | 'bossJobId' | 'priority' | 'engine'>, startAfter?: Date) => ({
  id: job.bossJobId,
  data: { jobId: job.id },
  priority: job.priority,
  group: { id: job.engine },
  startAfter,
})

/** Sends the pg-boss job that stands for a queued row, and ties the two together. For callers who hold the line. */
export async function enterLine(
  tx: Tx,
  job: Pick<RenderJob, 'id' | 'priority' | 'engine' | 'batchId'>,
  startAfter?: Date,
): Promise<void> {
  const bossJobId = newId()
  await tx.renderJob.update({ where: { id: job.id }, data: { bossJobId } })
  await enterLineTogether(tx, [{ ...job, bossJobId }], startAfter)
}

/**
 * Sends the pg-boss jobs that these rows name already. For callers who hold the line; those whose batch is paused
 * wait there without being fetched.
 */
export async function enterLineTogether(
  tx: Tx,
  jobs: readonly Pick<RenderJob, 'id' | 'bossJobId' | 'priority' | 'engine' | 'batchId'>[],
  startAfter?: Date,
): Promise<void> {
  if (jobs.length === 0) return
  const entries = jobs.map((job) => bossEntry(job, startAfter))
  await (await boss()).insert(RENDER_QUEUE, entries, within(tx))
  const batchIds = [...new Set(jobs.map((job) => job.batchId))]
  const paused = await tx.batch.findMany({
    where: { id: { in: batchIds }, pausedAt: { not: null } },
    select: { id: true },
  })
  const held = jobs.filter((job) => paused.some(({ id }) => id === job.batchId))
  await setBlocked(
    tx,
    held.map((job) => job.bossJobId),
    true,
  )
}

/**
 * Keeps waiting jobs from being fetched, or lets them be fetched again; they keep their priorities. With pg-boss's
 * own `blocked`, which its fetch and its index leave out, so that many held jobs cost the others nothing. Besides
 * those that change priorities the only statement by which Greenroom writes to pg-boss's table itself.
 */
export async function setBlocked(tx: Tx, bossJobIds: readonly string[], held: boolean): Promise<void> {
  if (bossJobIds.length === 0) return
  await tx.$executeRaw`
    UPDATE pgboss.job SET blocked = ${held}
    WHERE name = ${RENDER_QUEUE} AND id = ANY(${[...bossJobIds]}::uuid[]) AND state < 'active'`
}
