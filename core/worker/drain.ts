import { writeAudit } from '#core/audit/mutations'
import { type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'

/** What an admin asks of a slot: to finish its job and take no more, to let go of it at once, or to go on. */
export type DrainRequest = 'drain' | 'stop' | 'undrain'

/**
 * Drains a slot, which then ends its job and takes nothing more until 'undrain'; 'stop' also sends the running job
 * back to its place in the line, with what it has rendered. The slot obeys within a second. No job starts there
 * once this has returned.
 */
export function drainWorker(
  id: string,
  request: DrainRequest,
  actorId: string,
): Promise<'changed' | 'unchanged' | 'not_found'> {
  return transact(async (tx) => {
    const [worker] = await tx.$queryRaw<{ drainingAt: Date | null; stopRequestedAt: Date | null }[]>`
      SELECT "drainingAt", "stopRequestedAt" FROM "Worker" WHERE id = ${id}::uuid AND state <> 'stopped'
      FOR NO KEY UPDATE`
    if (!worker) return 'not_found'
    const now = new Date()
    const data = {
      drainingAt: request === 'undrain' ? null : (worker.drainingAt ?? now),
      stopRequestedAt: request === 'stop' ? (worker.stopRequestedAt ?? now) : null,
    }
    const same = (a: Date | null, b: Date | null) => (a === null) === (b === null)
    if (same(data.drainingAt, worker.drainingAt) && same(data.stopRequestedAt, worker.stopRequestedAt))
      return 'unchanged'
    await tx.worker.update({ where: { id }, data })
    await writeAudit(tx, { actorId, action: `worker.${request}`, subjectId: id })
    await announce(tx, { kind: 'control' })
    return 'changed'
  })
}

/**
 * Whether a worker takes no jobs, held to that until the transaction ends: a drain waits for the claim under way.
 * For use after `lockLine`.
 */
export async function isDraining(tx: Tx, workerId: string): Promise<boolean> {
  const [worker] = await tx.$queryRaw<{ draining: boolean }[]>`
    SELECT "drainingAt" IS NOT NULL AS draining FROM "Worker" WHERE id = ${workerId}::uuid FOR NO KEY UPDATE`
  return worker?.draining ?? false
}
