import type { Tx } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import { fromPriority, type Place } from '#core/queue/ordering'

/** The next `count` tickets of policy fifo, from one Postgres sequence: first come, first served. */
export async function nextTickets(tx: Tx, count: number): Promise<number[]> {
  const rows = await tx.$queryRaw<{ ticket: bigint }[]>`
    SELECT nextval('render_ticket') AS ticket FROM generate_series(1, ${count}::int)`
  return rows.map((row) => Number(row.ticket)).sort((a, b) => a - b)
}

/** The place of the job that is next in line, or null when nothing waits. */
export async function headOfLine(tx: Tx): Promise<Place | null> {
  const rows = await tx.$queryRaw<{ priority: number | null }[]>`
    SELECT max(priority) AS priority FROM pgboss.job
    WHERE name = ${RENDER_QUEUE} AND state < 'active' AND NOT blocked`
  const priority = rows[0]?.priority
  return priority == null ? null : fromPriority(priority)
}
