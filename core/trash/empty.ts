import { databaseNow } from '#core/clock'
import { db, Superseded, type Tx, transact } from '#core/db'
import { ENDED_STATES, OPEN_STATES } from '#core/render-job/state'
import { auditForeign } from '#core/trash/mutations'
import { type Purged, purge } from '#core/trash/purge'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import { Prisma } from '#prisma/client'

/** Jobs and files of one transaction. */
const AT_ONCE = 200

/** Deletes for good what is in the trash since before a time: everybody's, or one owner's. */
export async function emptyTrash({ before, ownerId }: { before: Date; ownerId?: string }): Promise<Purged[]> {
  const purged: Purged[] = []
  for (;;) {
    const some = await transact((tx) => emptySome(tx, before, ownerId))
    if (some.length === 0) return purged
    purged.push(...some)
  }
}

async function emptySome(tx: Tx, before: Date, ownerId?: string): Promise<Purged[]> {
  const due = { deletedAt: { lte: before }, ownerId }
  const unused = { speechOf: { none: {} }, presenterOf: { none: {} } }
  const which = { select: { id: true }, take: AT_ONCE } as const
  const [jobs, assets] = [
    await tx.renderJob.findMany({ where: { ...due, state: { in: [...ENDED_STATES] } }, ...which }),
    await tx.asset.findMany({ where: { ...due, ...unused }, ...which }),
  ]
  const stillDue = Prisma.sql`"deletedAt" <= ${before}`
  const doomed = { jobIds: jobs.map(({ id }) => id), assetIds: assets.map(({ id }) => id) }
  return purge(tx, doomed, { jobs: stillDue, assets: stillDue })
}

export type DeleteNowOutcome =
  | 'deleted'
  | 'not_found'
  /** A job has still to stop. */
  | 'still_running'

/** Deletes one thing in the trash for good, now. */
export function deleteNow(id: string, viewer: Viewer): Promise<DeleteNowOutcome> {
  return transact<DeleteNowOutcome>(async (tx) => {
    const where = { id, deletedAt: { not: null }, ...ownedBy(viewer) }
    const [batch, job, asset] = [
      await tx.batch.findFirst({ where }),
      await tx.renderJob.findFirst({ where }),
      await tx.asset.findFirst({ where }),
    ]
    const found = batch ?? job ?? asset
    if (!found) return 'not_found'
    const jobs = batch ? { batchId: id } : { id }
    if ((await tx.renderJob.count({ where: { ...jobs, state: { in: [...OPEN_STATES] } } })) > 0)
      return 'still_running'
    const trashed = Prisma.sql`"deletedAt" IS NOT NULL`
    const doomed = { batchIds: batch ? [id] : [], jobIds: job ? [id] : [], assetIds: asset ? [id] : [] }
    await auditForeign(tx, `${batch ? 'batch' : job ? 'job' : 'file'}.purge`, id, found.ownerId, viewer)
    const purged = await purge(tx, doomed, { jobs: trashed, assets: trashed })
    if (purged.length === 0) throw new Superseded('not_found' as const)
    return 'deleted'
  })
}

/** Deletes all that is in somebody's trash for good, but for what has still to stop. */
export async function emptyOwnTrash(ownerId: string): Promise<Purged[]> {
  return emptyTrash({ before: await databaseNow(), ownerId })
}

/** Those of these content hashes of which somebody still has a speech or a video. */
export async function findKnownContents(hashes: string[]): Promise<Set<string>> {
  const assets = await db().asset.findMany({ where: { sha256: { in: hashes } }, select: { sha256: true } })
  return new Set(assets.map(({ sha256 }) => sha256))
}
