import { writeAudit } from '#core/audit/mutations'
import { Superseded, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { cancelAll } from '#core/render-job/actions/cancel'
import type { Storage } from '#core/storage/storage'
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
  storage: Storage,
): Promise<DeleteUserOutcome> {
  const disabled = await disableUser(userId, actor)
  if (disabled !== 'disabled' && disabled !== 'unchanged') return disabled
  await cancelAll({ ownerId: userId }, actor, { running: true })
  const result = await transact<{ outcome: DeleteUserOutcome; keys: string[] }>(async (tx) => {
    // Nothing new refers to them from here on.
    const [user] = await tx.$queryRaw<{ role: Role; email: string }[]>`
      SELECT role, email FROM "User" WHERE id = ${userId}::uuid FOR UPDATE`
    if (!user) return { outcome: 'not_found', keys: [] }
    const open = { ownerId: userId, state: { in: ['queued' as const, 'running' as const] } }
    if ((await tx.renderJob.count({ where: open })) > 0) return { outcome: 'still_running', keys: [] }
    const keys = request.how === 'erase' ? await erase(tx, userId) : await handOver(tx, userId, request.to)
    await tx.invitation.deleteMany({ where: { createdById: userId, usedAt: null } })
    const to = { how: request.how, heir: request.how === 'erase' ? undefined : await nameOf(tx, request.to) }
    // Before their row goes, as the entry tells their name.
    await writeAudit(tx, { actorId: actor.id, action: 'user.delete', subjectId: userId, from: user, to })
    await tx.user.delete({ where: { id: userId } })
    await announce(tx, { kind: 'user', userId }, { kind: 'control' })
    return { outcome: 'deleted', keys }
  })
  for (const key of result.keys) await storage.remove(key)
  return result.outcome
}

const nameOf = async (tx: Tx, id: string) => (await tx.user.findUniqueOrThrow({ where: { id } })).name

/** Removes all that is theirs; returns the keys of the files that nobody needs any more. */
async function erase(tx: Tx, ownerId: string): Promise<string[]> {
  const jobs = await tx.renderJob.findMany({
    where: { ownerId },
    select: { resultKey: true, resultThumbKey: true },
  })
  const assets = await tx.asset.findMany({
    where: { ownerId },
    select: { storageKey: true, thumbnailKey: true },
  })
  await tx.renderJob.deleteMany({ where: { ownerId } })
  await tx.batch.deleteMany({ where: { ownerId } })
  await tx.asset.deleteMany({ where: { ownerId } })
  const keys = [
    ...jobs.flatMap(({ resultKey, resultThumbKey }) => [resultKey, resultThumbKey]),
    ...assets.flatMap(({ storageKey, thumbnailKey }) => [storageKey, thumbnailKey]),
  ]
  return keys.filter((key) => key !== null)
}

/** Gives all that is theirs to `heir`; returns the keys of files that the heir had already. */
async function handOver(tx: Tx, ownerId: string, heir: string): Promise<string[]> {
  const [active] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "User" WHERE id = ${heir}::uuid AND id <> ${ownerId}::uuid AND "disabledAt" IS NULL FOR SHARE`
  if (!active) throw new Superseded({ outcome: 'no_heir', keys: [] })
  const keys = await mergeTwins(tx, ownerId, heir)
  for (const rows of [tx.asset, tx.batch, tx.renderJob] as (typeof tx.batch)[])
    await rows.updateMany({ where: { ownerId }, data: { ownerId: heir } })
  return keys
}

/** Of a file that both have, the heir's is kept. */
async function mergeTwins(tx: Tx, ownerId: string, heir: string): Promise<string[]> {
  const twins = await tx.$queryRaw<
    { id: string; kept: string; storageKey: string; thumbnailKey: string | null }[]
  >`SELECT theirs.id, ours.id AS kept, theirs."storageKey", theirs."thumbnailKey"
    FROM "Asset" theirs JOIN "Asset" ours USING (kind, sha256)
    WHERE theirs."ownerId" = ${ownerId}::uuid AND ours."ownerId" = ${heir}::uuid`
  for (const { id, kept } of twins) {
    await tx.batch.updateMany({ where: { speechId: id }, data: { speechId: kept } })
    await tx.renderJob.updateMany({ where: { presenterId: id }, data: { presenterId: kept } })
    await tx.asset.delete({ where: { id } })
  }
  return twins
    .flatMap(({ storageKey, thumbnailKey }) => [storageKey, thumbnailKey])
    .filter((key) => key !== null)
}
