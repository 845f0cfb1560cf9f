import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { lockLine, readPolicy } from '#core/queue/line'
import { FIRST_TICKET, TICKETS, toPriority } from '#core/queue/ordering'
import { renumber } from '#core/queue/renumber'
import type { QueuePolicy } from '#prisma/enums'

/** A line of 100,000 takes some seconds to write anew. */
const LONG = { maxWait: 60_000, timeout: 300_000 }

/**
 * Switches the policy and puts the line into its order, at once for everybody. Waits for the claims and
 * enqueues under way. Moved jobs stay in front of all that they were in front of. Returns 'unchanged' when it
 * already was so.
 */
export function setPolicy(policy: QueuePolicy, actorId: string): Promise<'changed' | 'unchanged'> {
  return transact(async (tx) => {
    const { count } = await tx.queueControl.updateMany({
      where: { id: 1, policy: { not: policy } },
      data: { policy },
    })
    if (count === 0) return 'unchanged'
    const before = policy === 'fair' ? 'fifo' : 'fair'
    await renumber(await lockLine(tx, 'exclusive'), policy)
    await writeAudit(tx, { actorId, action: 'queue.policy', from: { policy: before }, to: { policy } })
    await announce(tx, { kind: 'control' })
    return 'changed'
  }, LONG)
}

/** From this ticket on a band is about to run out of tickets. */
const NEARLY_FULL = FIRST_TICKET + Math.floor((TICKETS - FIRST_TICKET) * 0.9)

/** Gives the line new tickets when they run out, which takes years. Returns whether it did. */
export async function compactIfFull(limit: number = NEARLY_FULL): Promise<boolean> {
  if (!(await isNearlyFull(db(), limit))) return false
  return transact(async (tx) => {
    const locked = await lockLine(tx, 'exclusive')
    if (!(await isNearlyFull(tx, limit))) return false
    await renumber(locked, await readPolicy(tx))
    return true
  }, LONG)
}

async function isNearlyFull(tx: Tx, limit: number): Promise<boolean> {
  const policy = await readPolicy(tx)
  if (policy === 'fifo') {
    const [{ full }] = await tx.$queryRaw<{ full: boolean }[]>`
      SELECT last_value >= ${limit}::int AS full FROM render_ticket`
    return full
  }
  for (const band of ['urgent', 'high', 'normal', 'low'] as const) {
    const last = await tx.renderJob.findFirst({
      where: {
        state: 'queued',
        priority: {
          gte: toPriority({ band, ticket: TICKETS - 1 }),
          lte: toPriority({ band, ticket: limit }),
        },
      },
      select: { id: true },
    })
    if (last) return true
  }
  return false
}
