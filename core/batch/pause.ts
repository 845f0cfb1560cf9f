import { writeAudit } from '#core/audit/mutations'
import { type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { setBlocked } from '#core/queue/boss-table'
import { lockLine } from '#core/queue/line'
import { ownedBy, type Viewer } from '#core/viewer/viewer'

export type BatchPauseOutcome = 'changed' | 'unchanged' | 'not_found'

/**
 * Pauses or resumes a batch. While paused none of its jobs starts; a running one ends as usual. Its waiting jobs
 * keep their places and stand in nobody's way; the time of the pause does not count towards aging.
 */
export function pauseBatch(id: string, viewer: Viewer, paused: boolean): Promise<BatchPauseOutcome> {
  return transact((tx) => setBatchPaused(tx, id, viewer, paused))
}

/** The same as part of a transaction. */
export async function setBatchPaused(
  tx: Tx,
  id: string,
  viewer: Viewer,
  paused: boolean,
): Promise<BatchPauseOutcome> {
  const locked = await lockLine(tx, 'exclusive')
  const batch = await tx.batch.findFirst({ where: { id, deletedAt: null, ...ownedBy(viewer) } })
  if (!batch) return 'not_found'
  if ((batch.pausedAt !== null) === paused) return 'unchanged'
  const now = new Date()
  const data = { pausedAt: paused ? now : null, pausedById: paused ? viewer.id : null }
  await tx.batch.update({ where: { id }, data })
  const jobs = await tx.renderJob.findMany({
    where: { batchId: id, state: 'queued' },
    select: { id: true, bossJobId: true },
  })
  await setBlocked(
    locked,
    jobs.map((job) => job.bossJobId),
    paused,
  )
  if (batch.pausedAt) await forgetPause(tx, id, batch.pausedAt, now)
  const kind = paused ? 'paused' : 'resumed'
  await tx.jobEvent.createMany({ data: jobs.map((job) => ({ jobId: job.id, kind, actorId: viewer.id })) })
  if (batch.ownerId !== viewer.id)
    await writeAudit(tx, {
      actorId: viewer.id,
      action: paused ? 'batch.pause' : 'batch.resume',
      subjectId: id,
    })
  await announce(tx, { kind: 'changed', ownerId: batch.ownerId, batchId: id })
  return 'changed'
}

async function forgetPause(tx: Tx, batchId: string, pausedAt: Date, now: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE "RenderJob" SET "bandSince" = "bandSince" + (${now}::timestamptz - greatest("bandSince", ${pausedAt}::timestamptz))
    WHERE "batchId" = ${batchId}::uuid AND state = 'queued'`
}
