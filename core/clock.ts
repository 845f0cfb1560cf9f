import { db, type Tx } from '#core/db'

/**
 * The time of Postgres's clock: the one by which machines judge each other's silence and count what a render took.
 * Their own may be apart, or jump.
 */
export async function databaseNow(tx: Tx = db()): Promise<Date> {
  const [{ now }] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
  return now
}
