import { db, Superseded, transact } from '#core/db'
import { announceChange } from '#core/render-job/events'
import { isEnded } from '#core/render-job/state'
import type { Storage } from '#core/storage/storage'
import { ownedBy, type Viewer } from '#core/viewer/viewer'

export type DeleteOutcome = 'deleted' | 'not_ended' | 'not_found'

/** Takes an ended job out of its owner's history and removes its result's files. */
export async function deleteJob(jobId: string, viewer: Viewer, storage: Storage): Promise<DeleteOutcome> {
  const job = await db().renderJob.findFirst({ where: { id: jobId, deletedAt: null, ...ownedBy(viewer) } })
  if (!job) return 'not_found'
  if (!isEnded(job.state)) return 'not_ended'
  const outcome = await transact<DeleteOutcome>(async (tx) => {
    const { count } = await tx.renderJob.updateMany({
      where: { id: jobId, state: job.state, deletedAt: null },
      data: { deletedAt: new Date(), resultKey: null, resultThumbKey: null },
    })
    if (count === 0) throw new Superseded('not_ended')
    await announceChange(tx, job)
    return 'deleted'
  })
  if (outcome === 'deleted') {
    for (const key of [job.resultKey, job.resultThumbKey]) if (key) await storage.remove(key)
  }
  return outcome
}
