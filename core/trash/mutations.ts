import { writeAudit } from '#core/audit/mutations'
import { databaseNow } from '#core/clock'
import { Superseded, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { lockLine } from '#core/queue/line'
import { removeSome, restoreSome } from '#core/render-job/actions/remove'
import { ownedBy, type Viewer } from '#core/viewer/viewer'

/*
 * Deleting is putting into the trash: the row says since when, all reads leave it out, and nothing is lost until purge.ts
 * deletes it for good. A batch takes its jobs along: they have its time, and so come back with it. Rows are locked after
 * the line, in the order batches, jobs, assets.
 */

/** Puts a job into the trash. One that waits is cancelled, one that runs is told to stop. */
export function trashJob(id: string, viewer: Viewer): Promise<'deleted' | 'not_found'> {
  return transact(async (tx) => {
    const [job] = await removeSome(tx, [id], viewer, await databaseNow(tx))
    if (!job) return 'not_found'
    await auditForeign(tx, 'job.remove', id, job.ownerId, viewer)
    return 'deleted'
  })
}

/** Puts a batch and its jobs into the trash; what of it waits is cancelled, what runs is told to stop. */
export function trashBatch(id: string, viewer: Viewer): Promise<'deleted' | 'not_found'> {
  return transact(async (tx) => {
    await lockLine(tx, 'exclusive')
    const at = await databaseNow(tx)
    const [batch] = await tx.batch.updateManyAndReturn({
      where: { id, deletedAt: null, ...ownedBy(viewer) },
      data: { deletedAt: at },
    })
    if (!batch) return 'not_found'
    const jobs = await tx.renderJob.findMany({
      where: { batchId: id, deletedAt: null },
      select: { id: true },
    })
    await removeSome(
      tx,
      jobs.map((job) => job.id),
      viewer,
      at,
    )
    await announce(tx, { kind: 'changed', ownerId: batch.ownerId, batchId: id })
    await auditForeign(tx, 'batch.remove', id, batch.ownerId, viewer)
    return 'deleted'
  })
}

/** Puts an owner's file into the trash, unless something that is not there uses it. */
export function trashAsset(id: string, ownerId: string): Promise<'deleted' | 'in_use' | 'not_found'> {
  return transact(async (tx) => {
    // Waits for whoever puts it into a batch at this moment.
    const [asset] = await tx.$queryRaw<object[]>`
      SELECT id FROM "Asset" WHERE id = ${id}::uuid AND "ownerId" = ${ownerId}::uuid AND "deletedAt" IS NULL FOR UPDATE`
    if (!asset) return 'not_found'
    const [speeches, presenters] = [
      await tx.batch.count({ where: { speechId: id, deletedAt: null } }),
      await tx.renderJob.count({ where: { presenterId: id, deletedAt: null } }),
    ]
    if (speeches + presenters > 0) return 'in_use'
    await tx.asset.update({ where: { id }, data: { deletedAt: await databaseNow(tx) } })
    return 'deleted'
  })
}

/** Takes a job, a batch with the jobs that came there with it, or a file out of the trash again. */
export function restore(id: string, viewer: Viewer): Promise<'restored' | 'not_found'> {
  return transact(async (tx) => {
    if (await restoreBatch(tx, id, viewer)) return 'restored'
    if (await restoreJob(tx, id, viewer)) return 'restored'
    const where = { id, deletedAt: { not: null }, ...ownedBy(viewer) }
    const [file] = await tx.asset.updateManyAndReturn({ where, data: { deletedAt: null } })
    if (!file) return 'not_found'
    await auditForeign(tx, 'file.restore', id, file.ownerId, viewer)
    return 'restored'
  })
}

async function restoreBatch(tx: Tx, id: string, viewer: Viewer): Promise<boolean> {
  await tx.$queryRaw`SELECT FROM "Batch" WHERE id = ${id}::uuid FOR UPDATE`
  const batch = await tx.batch.findFirst({ where: { id, deletedAt: { not: null }, ...ownedBy(viewer) } })
  if (!batch?.deletedAt) return false
  await tx.batch.update({ where: { id }, data: { deletedAt: null } })
  const jobs = await restoreSome(tx, { batchId: id }, batch.deletedAt)
  await restoreFiles(tx, [batch.speechId, ...jobs.map((job) => job.presenterId)])
  await announce(tx, { kind: 'changed', ownerId: batch.ownerId, batchId: id })
  await auditForeign(tx, 'batch.restore', id, batch.ownerId, viewer)
  return true
}

/** A job whose batch is in the trash comes back with that. */
async function restoreJob(tx: Tx, id: string, viewer: Viewer): Promise<boolean> {
  const job = await tx.renderJob.findFirst({ where: { id, deletedAt: { not: null }, ...ownedBy(viewer) } })
  if (!job?.deletedAt) return false
  const [batch] = await tx.$queryRaw<object[]>`
    SELECT id FROM "Batch" WHERE id = ${job.batchId}::uuid AND "deletedAt" IS NULL FOR UPDATE`
  if (!batch || (await restoreSome(tx, { id }, job.deletedAt)).length === 0)
    throw new Superseded('not_found' as const)
  await restoreFiles(tx, [job.presenterId])
  await auditForeign(tx, 'job.restore', id, job.ownerId, viewer)
  return true
}

/** What is used again is not in the trash. */
async function restoreFiles(tx: Tx, ids: string[]): Promise<void> {
  await tx.asset.updateMany({ where: { id: { in: ids } }, data: { deletedAt: null } })
}

type Act = `${'job' | 'batch'}.${'remove' | 'restore' | 'purge'}` | `file.${'restore' | 'purge'}`

/** What people do with their own things is nobody's business. To be called while the row is there, whose name it tells. */
export async function auditForeign(
  tx: Tx,
  action: Act,
  subjectId: string,
  ownerId: string,
  viewer: Viewer,
): Promise<void> {
  if (ownerId !== viewer.id) await writeAudit(tx, { actorId: viewer.id, action, subjectId })
}
