import type { LockedTx } from '#core/queue/line'

/** The next `count` tickets of policy fifo, from one Postgres sequence: first come, first served. */
export async function nextTickets(tx: LockedTx<'shared'>, count: number): Promise<number[]> {
  const rows = await tx.$queryRaw<{ ticket: bigint }[]>`
    SELECT nextval('render_ticket') AS ticket FROM generate_series(1, ${count}::int)`
  return rows.map((row) => Number(row.ticket)).sort((a, b) => a - b)
}

/** The render job that is next in line, or null when nothing waits. */
export async function headOfLine(
  tx: LockedTx<'exclusive'>,
): Promise<{ id: string; priority: number } | null> {
  const [head] = await tx.$queryRaw<{ id: string; priority: number }[]>`
    SELECT id::text, priority FROM "RenderJob" WHERE state = 'queued' ORDER BY priority DESC LIMIT 1`
  return head ?? null
}
