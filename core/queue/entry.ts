import { newId } from '#core/ids'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { setBlocked } from '#core/queue/boss-table'
import type { LockedTx } from '#core/queue/line'
import type { RenderJob } from '#prisma/client'

/** The pg-boss job that stands for a render job in the line: its group is the engine, so that slots can choose. */
const bossEntry = (job: Pick<RenderJob, 'id' | 'bossJobId' | 'priority' | 'engine'>, startAfter?: Date) => ({
  id: job.bossJobId,
  data: { jobId: job.id },
  priority: job.priority,
  group: { id: job.engine },
  startAfter,
})

/** Sends the pg-boss job that stands for a queued row, and ties the two together. */
export async function enterLine(
  tx: LockedTx<'shared'>,
  job: Pick<RenderJob, 'id' | 'priority' | 'engine' | 'batchId'>,
  startAfter?: Date,
): Promise<void> {
  const bossJobId = newId()
  await tx.renderJob.update({ where: { id: job.id }, data: { bossJobId } })
  await enterLineTogether(tx, [{ ...job, bossJobId }], startAfter)
}

/** Sends the pg-boss jobs that these rows name already; those whose batch is paused wait there blocked. */
export async function enterLineTogether(
  tx: LockedTx<'shared'>,
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
  const blocked = jobs.filter((job) => paused.some(({ id }) => id === job.batchId))
  await setBlocked(
    tx,
    blocked.map((job) => job.bossJobId),
    true,
  )
}
