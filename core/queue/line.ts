import type { Tx } from '#core/db'
import type { QueuePolicy } from '#prisma/enums'

/*
 * Who may change the order, and when. Locks are taken in this order, by everybody:
 * a User's row, the QueueControl row, the line (here), pg-boss's rows, ours, the clocks.
 */

const LINE_LOCK = 7_260_412

/**
 * Holds the line until the transaction ends. 'shared' for those who only take its head or add to its end;
 * 'exclusive' for those who change places in it. So nobody takes a head that is just being moved, which
 * pg-boss's SKIP LOCKED would pass over, and two changes of order never meet.
 */
export async function lockLine(tx: Tx, mode: 'shared' | 'exclusive'): Promise<void> {
  if (mode === 'shared') await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${LINE_LOCK})`
  else await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LINE_LOCK})`
}

/** The policy; it stays so for as long as the caller holds the line. */
export async function readPolicy(tx: Tx): Promise<QueuePolicy> {
  const { policy } = await tx.queueControl.findUniqueOrThrow({ where: { id: 1 }, select: { policy: true } })
  return policy
}

/** The policy, which then cannot change until the transaction ends. For use before `lockLine`. */
export async function lockPolicy(tx: Tx): Promise<QueuePolicy> {
  const [{ policy }] = await tx.$queryRaw<{ policy: QueuePolicy }[]>`
    SELECT policy::text FROM "QueueControl" WHERE id = 1 FOR SHARE`
  return policy
}
