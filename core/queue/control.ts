import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'

/** How the queue is steered: its policy, aging, preemption, and whether it is paused, and by whom. */
export async function readControl(tx: Tx = db()) {
  const control = await tx.queueControl.findUnique({ where: { id: 1 } })
  return {
    policy: control?.policy ?? 'fifo',
    agingMinutes: control?.agingMinutes ?? null,
    preemption: control?.preemption ?? false,
    pausedAt: control?.pausedAt ?? null,
    pausedById: control?.pausedById ?? null,
  }
}

/**
 * Whether the queue is paused; the row is locked, so that stays so until the transaction ends. A pause waits for the
 * claims under way, so that no job starts once `setPaused` has returned.
 */
export async function isPaused(tx: Tx): Promise<boolean> {
  const [control] = await tx.$queryRaw<{ paused: boolean }[]>`
    SELECT "pausedAt" IS NOT NULL AS paused FROM "QueueControl" WHERE id = 1 FOR SHARE`
  return control?.paused ?? false
}

/**
 * Pauses or resumes the queue. While paused no job starts; a running one ends as usual.
 * Returns 'unchanged' when it already was so.
 */
export function setPaused(paused: boolean, actorId: string): Promise<'changed' | 'unchanged'> {
  return transact(async (tx) => {
    const data = { pausedAt: paused ? new Date() : null, pausedById: paused ? actorId : null }
    const { count } = await tx.queueControl.updateMany({
      where: { id: 1, pausedAt: paused ? null : { not: null } },
      data,
    })
    if (count === 0) return 'unchanged'
    await writeAudit(tx, { actorId, action: paused ? 'queue.pause' : 'queue.resume' })
    await announce(tx, { kind: 'control' })
    return 'changed'
  })
}

/**
 * After how many minutes in one band a waiting job is promoted into the next; null for never.
 * Returns 'unchanged' when it already was so.
 */
export function setAging(minutes: number | null, actorId: string): Promise<'changed' | 'unchanged'> {
  return transact(async (tx) => {
    const [from] = await tx.$queryRaw<{ minutes: number | null }[]>`
      SELECT "agingMinutes" AS minutes FROM "QueueControl" WHERE id = 1 FOR NO KEY UPDATE`
    if (from.minutes === minutes) return 'unchanged'
    await tx.queueControl.update({ where: { id: 1 }, data: { agingMinutes: minutes } })
    await writeAudit(tx, { actorId, action: 'queue.aging', from, to: { minutes } })
    await announce(tx, { kind: 'control' })
    return 'changed'
  })
}
