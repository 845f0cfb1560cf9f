import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { announceChange } from '#core/render-job/events'
import { applies } from '#core/render-job/state'
import { transition } from '#core/render-job/transition'
import type { Storage } from '#core/storage/storage'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import type { RenderJob } from '#prisma/client'

export type RemoveOutcome = 'removed' | 'not_ended' | 'not_found'

/** Takes an ended job out of its owner's history and removes its result's files. */
export async function removeJob(jobId: string, viewer: Viewer, storage: Storage): Promise<RemoveOutcome> {
  const job = await db().renderJob.findFirst({ where: { id: jobId, deletedAt: null, ...ownedBy(viewer) } })
  if (!job) return 'not_found'
  if (!applies('remove', job.state)) return 'not_ended'
  if (!(await transact((tx) => markRemoved(tx, job, viewer)))) return 'not_ended'
  for (const key of [job.resultKey, job.resultThumbKey]) if (key) await storage.remove(key)
  return 'removed'
}

/** False where somebody removed or resubmitted it meanwhile. */
async function markRemoved(tx: Tx, { id, ownerId, finishedAt }: RenderJob, viewer: Viewer): Promise<boolean> {
  const columns = { deletedAt: new Date(), resultKey: null, resultThumbKey: null }
  const [removed] = await transition(tx, 'remove', { id, finishedAt, deletedAt: null }, columns)
  if (!removed) return false
  if (ownerId !== viewer.id) await writeAudit(tx, { actorId: viewer.id, action: 'job.remove', subjectId: id })
  await announceChange(tx, removed)
  return true
}
