import type { Tx } from '#core/db'
import type { QueuePolicy } from '#prisma/enums'

/*
 * The lock on the line, which everybody takes who changes the order or takes the head. Where it stands among the other
 * locks: docs/architecture.md.
 */

const LINE_LOCK = 7_260_412

declare const locked: unique symbol
interface Held {
  shared: { readonly shared: true }
  exclusive: { readonly shared: true; readonly exclusive: true }
}

/**
 * A transaction that has locked the line until it ends; only `lockLine` makes one. A function that needs the lock takes
 * it as its type. One with the exclusive lock may be given wherever the shared lock is enough.
 */
export type LockedTx<Mode extends 'shared' | 'exclusive'> = Tx & { readonly [locked]: Held[Mode] }

/**
 * Locks the line until the transaction ends: 'shared' to take its head or to add to its end, 'exclusive' to change places
 * in it. So nobody takes a head that is just being moved, which pg-boss's SKIP LOCKED would pass over, and two changes of
 * the order never meet.
 */
export async function lockLine<Mode extends 'shared' | 'exclusive'>(
  tx: Tx,
  mode: Mode,
): Promise<LockedTx<Mode>> {
  if (mode === 'shared') await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${LINE_LOCK})`
  else await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LINE_LOCK})`
  return tx as LockedTx<Mode>
}

/** The policy, and the line locked as jobs that arrive under it need it. */
export type ArrivalLock =
  | { policy: 'fifo'; tx: LockedTx<'shared'> }
  | { policy: 'fair'; tx: LockedTx<'exclusive'> }

/** Locks the policy and the line for jobs that arrive: after the lock on their owner, and before any on jobs. */
export async function lockForArrivals(tx: Tx): Promise<ArrivalLock> {
  const [{ policy }] = await tx.$queryRaw<{ policy: QueuePolicy }[]>`
    SELECT policy::text FROM "QueueControl" WHERE id = 1 FOR SHARE`
  return policy === 'fifo'
    ? { policy, tx: await lockLine(tx, 'shared') }
    : { policy, tx: await lockLine(tx, 'exclusive') }
}

/** The policy, which stays so until the transaction ends where that has locked the line. */
export async function readPolicy(tx: Tx): Promise<QueuePolicy> {
  const { policy } = await tx.queueControl.findUniqueOrThrow({ where: { id: 1 }, select: { policy: true } })
  return policy
}
