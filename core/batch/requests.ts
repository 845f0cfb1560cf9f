import { db } from '#core/db'
import { cancelWaiting } from '#core/render-job/actions/cancellation'
import { cancelJob } from '#core/render-job/actions/requests'
import { ownedBy, type Viewer } from '#core/viewer/viewer'

/**
 * Cancels all jobs of a batch that haven't ended: those that wait together, then what runs one by one.
 * Returns how many are cancelled and how many still have to stop; null when the viewer has no such batch.
 */
export async function cancelBatch(
  id: string,
  viewer: Viewer,
): Promise<{ cancelled: number; cancelling: number } | null> {
  const batch = await db().batch.findFirst({ where: { id, ...ownedBy(viewer) }, select: { id: true } })
  if (!batch) return null
  const counts = { cancelled: await cancelWaiting({ batchId: id }, viewer), cancelling: 0 }
  // Also what came back into the line meanwhile.
  const open = await db().renderJob.findMany({
    where: { batchId: id, state: { in: ['queued', 'running'] } },
    select: { id: true },
  })
  for (const job of open) {
    const outcome = await cancelJob(job.id, viewer)
    if (outcome === 'cancelled' || outcome === 'cancelling') counts[outcome] += 1
  }
  return counts
}
