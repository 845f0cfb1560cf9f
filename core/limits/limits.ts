import { isDeepStrictEqual } from 'node:util'
import { changedFields } from '#core/audit/changed-fields'
import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { type Refusal, refusalOf, type Usage } from '#core/limits/refusal'
import { type QueueLimits, queueLimits, quotasOf } from '#core/limits/schema'
import { freeDiskBytes } from '#core/storage/free-space'

export async function readLimits(tx: Tx = db()): Promise<QueueLimits> {
  const control = await tx.queueControl.findUnique({ where: { id: 1 }, select: { limits: true } })
  const parsed = queueLimits.safeParse(control?.limits ?? {})
  return parsed.success ? parsed.data : queueLimits.parse({})
}

/** The limits that hold for one user: everybody's, but for what an admin set for this one. */
export async function limitsOf(userId: string, tx: Tx = db()): Promise<QueueLimits> {
  const user = await tx.user.findUnique({ where: { id: userId }, select: { quotas: true } })
  return { ...(await readLimits(tx)), ...quotasOf(user?.quotas) }
}

/** Changes some limits; those left out stay. What already waits stays in the line. */
export function setLimits(
  change: Partial<QueueLimits>,
  actorId: string,
): Promise<{ outcome: 'changed' | 'unchanged'; limits: QueueLimits }> {
  return transact(async (tx) => {
    await tx.$executeRaw`SELECT FROM "QueueControl" WHERE id = 1 FOR UPDATE`
    const before = await readLimits(tx)
    const limits = { ...before, ...change }
    if (isDeepStrictEqual(before, limits)) return { outcome: 'unchanged', limits }
    await tx.queueControl.update({ where: { id: 1 }, data: { limits } })
    const [from, to] = changedFields(before, limits)
    await writeAudit(tx, { actorId, action: 'queue.limits', from, to })
    await announce(tx, { kind: 'control' })
    return { outcome: 'changed', limits }
  })
}

/**
 * Whether a user may put so many jobs into the queue that take so long together; null where they may. It locks
 * admissions until the transaction ends, so that two at once can't both take the last place. Callers lock the user
 * before it, and the policy after it.
 */
export async function checkAdmission(
  tx: Tx,
  ownerId: string,
  jobs: number,
  gpuSeconds: number,
): Promise<Refusal | null> {
  const limits = await limitsOf(ownerId, tx)
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADMISSION_LOCK})`
  return refusalOf(limits, await readUsage(ownerId, tx), jobs, gpuSeconds)
}

/** What is in use now. Of a render that began yesterday, what it took then counts for yesterday. */
export async function readUsage(ownerId: string, tx: Tx = db()): Promise<Usage> {
  const [counted] = await tx.$queryRaw<Omit<Usage, 'freeDiskBytes'>[]>`
    SELECT (SELECT count(*)::int FROM "RenderJob" WHERE state = 'queued') AS "waitingInAll",
      (SELECT count(*)::int FROM "OpenUpload" WHERE "ownerId" = ${ownerId}::uuid) AS "openUploads",
      (SELECT coalesce(sum(bytes), 0) FROM "OpenUpload" WHERE "ownerId" = ${ownerId}::uuid)::float8
        + (SELECT coalesce(sum(bytes), 0) FROM "Asset" WHERE "ownerId" = ${ownerId}::uuid)::float8
        + (SELECT coalesce(sum("resultBytes"), 0) FROM "RenderJob" WHERE "ownerId" = ${ownerId}::uuid)::float8 AS bytes,
      count(*) FILTER (WHERE state = 'queued')::int AS waiting,
      coalesce((
          SELECT "gpuSeconds" FROM "DayUse"
          WHERE "userId" = ${ownerId}::uuid AND day = (now() AT TIME ZONE 'UTC')::date
        ), 0)::float8
        + coalesce(sum("costSeconds") FILTER (WHERE state = 'queued'), 0)::float8
        + coalesce(sum(greatest(
            "costSeconds" - extract(epoch FROM greatest("startedAt", midnight) - "startedAt"),
            extract(epoch FROM now() - greatest("startedAt", midnight))
          )) FILTER (WHERE state = 'running'), 0)::float8 AS "gpuSeconds"
    FROM "RenderJob", (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS midnight) AS today
    WHERE "ownerId" = ${ownerId}::uuid AND state IN ('queued', 'running')`
  return { ...counted, freeDiskBytes: await freeDiskBytes() }
}

const ADMISSION_LOCK = 7_260_413
