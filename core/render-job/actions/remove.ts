import type { Tx } from '#core/db'
import { cancelSome } from '#core/render-job/actions/cancel'
import { announceChange } from '#core/render-job/events'
import { transition } from '#core/render-job/transition'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import type { RenderJob } from '#prisma/client'

/**
 * Marks some jobs as in the trash since `at`, as part of a transaction. What waits is cancelled, what runs is told to
 * stop. Returns those that it put there: not those that were there, or that are somebody else's.
 */
export async function removeSome(
  tx: Tx,
  ids: readonly string[],
  viewer: Viewer,
  at: Date,
): Promise<RenderJob[]> {
  // This locks the line until the transaction ends, so that none of them waits again.
  await cancelSome(tx, ids, viewer, { audited: true })
  const where = { id: { in: [...ids] }, deletedAt: null, ...ownedBy(viewer) }
  return announced(tx, await transition(tx, 'remove', where, { deletedAt: at }))
}

/** Takes the jobs out of the trash that came there at this time, as part of a transaction. */
export async function restoreSome(
  tx: Tx,
  where: { id: string } | { batchId: string },
  deletedAt: Date,
): Promise<RenderJob[]> {
  return announced(tx, await transition(tx, 'restore', { ...where, deletedAt }, { deletedAt: null }))
}

async function announced(tx: Tx, jobs: RenderJob[]): Promise<RenderJob[]> {
  for (const [job] of Map.groupBy(jobs, ({ batchId }) => batchId).values()) await announceChange(tx, job)
  return jobs
}
