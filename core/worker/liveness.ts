import { databaseNow } from '#core/clock'
import type { Tx } from '#core/db'

/**
 * A worker counts as gone when its heartbeat is older than this. With heartbeats and looks for lost jobs every five
 * seconds each, the job of a machine that vanished is back in line within 30 s.
 */
export const WORKER_SILENT_MS = 20_000

/** Whoever was heard of after this moment is alive. */
export async function aliveSince(tx?: Tx): Promise<Date> {
  return new Date((await databaseNow(tx)).getTime() - WORKER_SILENT_MS)
}
