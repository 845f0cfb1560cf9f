import { db } from '#core/db'
import { cancelJob } from '#core/render-job/requests'
import { ownedBy, type Viewer } from '#core/user/viewer'

/**
 * Cancels all jobs of a batch that haven't ended, the last in line first, so that none starts meanwhile.
 * Returns how many are cancelled and how many still have to stop; null when the viewer has no such batch.
 */
export async function cancelBatch(
  id: string,
  viewer: Viewer,
): Promise<{ cancelled: number; cancelling: number } | null> {
  const batch = await db().batch.findFirst({
    where: { id, ...ownedBy(viewer) },
    select: {
      jobs: {
        where: { state: { in: ['queued', 'running'] } },
        orderBy: [{ state: 'asc' }, { priority: 'asc' }],
        select: { id: true },
      },
    },
  })
  if (!batch) return null
  const counts = { cancelled: 0, cancelling: 0 }
  for (const job of batch.jobs) {
    const outcome = await cancelJob(job.id, viewer)
    if (outcome === 'cancelled' || outcome === 'cancelling') counts[outcome] += 1
  }
  return counts
}
