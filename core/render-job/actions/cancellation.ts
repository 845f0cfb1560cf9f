import { auditEntry } from '#core/audit/mutations'
import { type Tx, transact } from '#core/db'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { type LockedTx, lockLine } from '#core/queue/line'
import { refund } from '#core/queue/shares'
import { recordTogether } from '#core/render-job/events'
import type { Viewer } from '#core/viewer/viewer'
import type { Prisma, RenderJob } from '#prisma/client'

/* Cancelling many waiting jobs at once, where requests.ts cancels one that waits or runs. */

/** Jobs of one transaction, while which nobody takes the head of the line. */
const AT_ONCE = 500

/** Cancels all waiting jobs that match, the last in line first, so that none starts meanwhile. Returns how many. */
export async function cancelWaiting(where: Prisma.RenderJobWhereInput, viewer: Viewer): Promise<number> {
  for (let cancelled = 0; ; ) {
    const count = await transact((tx) => cancelLast(tx, where, viewer))
    cancelled += count
    if (count < AT_ONCE) return cancelled
  }
}

async function cancelLast(tx: Tx, where: Prisma.RenderJobWhereInput, viewer: Viewer): Promise<number> {
  const locked = await lockLine(tx, 'exclusive')
  const jobs = await tx.renderJob.findMany({
    where: { ...where, state: 'queued' },
    orderBy: { priority: 'asc' },
    take: AT_ONCE,
  })
  await takeOut(locked, jobs, viewer)
  const foreign = jobs.filter((job) => job.ownerId !== viewer.id)
  await tx.auditEntry.createMany({
    data: foreign.map((job) => auditEntry({ actorId: viewer.id, action: 'job.cancel', subjectId: job.id })),
  })
  return jobs.length
}

/** Takes waiting jobs out of the line as cancelled; they were read under the same lock. */
export async function takeOut(
  tx: LockedTx<'exclusive'>,
  waiting: readonly RenderJob[],
  viewer: Viewer,
): Promise<void> {
  if (waiting.length === 0) return
  const entries = waiting.map((job) => job.bossJobId)
  await (await boss()).deleteJob(RENDER_QUEUE, entries, within(tx))
  await tx.renderJob.updateMany({
    where: { id: { in: waiting.map((job) => job.id) }, state: 'queued' },
    data: { state: 'cancelled', finishedAt: new Date(), notBefore: null },
  })
  for (const jobs of Map.groupBy(waiting, (job) => `${job.ownerId} ${job.band}`).values())
    await refund(tx, jobs)
  await recordTogether(tx, waiting, 'cancelled', viewer.id)
}
