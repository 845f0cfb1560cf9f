import { writeAudit } from '#core/audit/mutations'
import { Superseded, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { cancelAll } from '#core/render-job/actions/cancel'
import { purge } from '#core/trash/purge'
import { noteRemovals } from '#core/trash/removals'
import { disableUser } from '#core/user/mutations'
import type { DeleteRequest } from '#core/user/schema'
import type { Viewer } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'

export type DeleteUserOutcome =
  | 'deleted'
  | 'not_found'
  | 'yourself'
  | 'last_admin'
  /** A job of theirs has still to stop: to be tried again in a moment. */
  | 'still_running'
  /** Nobody active of that id to take things over. */
  | 'no_heir'

/**
 * Deletes an account. Its batches, jobs and files go to somebody else, or are erased with it, as asked. What waits
 * is cancelled and what runs is told to stop first; the account stays disabled where that takes longer.
 */
export async function deleteUser(
  userId: string,
  request: DeleteRequest,
  actor: Viewer,
): Promise<DeleteUserOutcome> {
  const disabled = await disableUser(userId, actor)
  if (disabled !== 'disabled' && disabled !== 'unchanged') return disabled
  await cancelAll({ ownerId: userId }, actor, { running: true })
  return transact<DeleteUserOutcome>(async (tx) => {
    // Nothing new refers to them from here on.
    const [user] = await tx.$queryRaw<{ role: Role; email: string }[]>`
      SELECT role, email FROM "User" WHERE id = ${userId}::uuid FOR UPDATE`
    if (!user) return 'not_found'
    const open = { ownerId: userId, state: { in: ['queued' as const, 'running' as const] } }
    if ((await tx.renderJob.count({ where: open })) > 0) return 'still_running'
    if (request.how === 'erase') await erase(tx, userId)
    else await handOver(tx, userId, request.to)
    const uploads = await tx.openUpload.findMany({ where: { ownerId: userId }, select: { id: true } })
    await noteRemovals(tx, { uploads: uploads.map(({ id }) => id) })
    await tx.invitation.deleteMany({ where: { createdById: userId, usedAt: null } })
    const to = { how: request.how, heir: request.how === 'erase' ? undefined : await nameOf(tx, request.to) }
    // Before their row goes, as the entry tells their name.
    await writeAudit(tx, { actorId: actor.id, action: 'user.delete', subjectId: userId, from: user, to })
    await tx.user.delete({ where: { id: userId } })
    await announce(tx, { kind: 'user', userId }, { kind: 'control' })
    return 'deleted'
  })
}

const nameOf = async (tx: Tx, id: string) => (await tx.user.findUniqueOrThrow({ where: { id } })).name

/** Removes all that is theirs, the trash included. */
async function erase(tx: Tx, ownerId: string): Promise<void> {
  const theirs = { where: { ownerId }, select: { id: true } }
  const [batches, assets] = [await tx.batch.findMany(theirs), await tx.asset.findMany(theirs)]
  await purge(tx, { batchIds: batches.map(({ id }) => id), assetIds: assets.map(({ id }) => id) })
}

/** Gives all that is theirs to `heir`. */
async function handOver(tx: Tx, ownerId: string, heir: string): Promise<void> {
  const [active] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "User" WHERE id = ${heir}::uuid AND id <> ${ownerId}::uuid AND "disabledAt" IS NULL FOR SHARE`
  if (!active) throw new Superseded('no_heir' as const)
  await mergeTwins(tx, ownerId, heir)
  for (const rows of [tx.batch, tx.renderJob, tx.asset] as (typeof tx.batch)[])
    await rows.updateMany({ where: { ownerId }, data: { ownerId: heir } })
}

/** Of a file that both have, the heir's is kept; it comes out of the trash where theirs was not in it. */
async function mergeTwins(tx: Tx, ownerId: string, heir: string): Promise<void> {
  const twins = await tx.$queryRaw<{ id: string; kept: string; trashed: boolean }[]>`
    SELECT theirs.id, ours.id AS kept, theirs."deletedAt" IS NOT NULL AS trashed
    FROM "Asset" theirs JOIN "Asset" ours USING (kind, sha256)
    WHERE theirs."ownerId" = ${ownerId}::uuid AND ours."ownerId" = ${heir}::uuid`
  for (const { id, kept, trashed } of twins) {
    await tx.batch.updateMany({ where: { speechId: id }, data: { speechId: kept } })
    await tx.renderJob.updateMany({ where: { presenterId: id }, data: { presenterId: kept } })
    await tx.asset.delete({ where: { id } })
    if (!trashed) await tx.asset.update({ where: { id: kept }, data: { deletedAt: null } })
  }
  await noteRemovals(tx, { assets: twins.map(({ id }) => id) })
}
