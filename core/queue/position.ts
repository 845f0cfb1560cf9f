import { db, type Tx } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import { Prisma } from '../../prisma/generated/client.ts'

/**
 * Jobs that are fetched before one with this priority: one index-only count. Position = this + 1.
 * `rivals`: only those of these engines, see core/queue/engines.ts.
 */
export async function jobsAhead(
  priority: number,
  tx: Tx = db(),
  rivals: readonly string[] | null = null,
): Promise<number> {
  const rows = await tx.$queryRaw<{ ahead: bigint }[]>`
    SELECT count(*) AS ahead FROM pgboss.job
    WHERE name = ${RENDER_QUEUE} AND state < 'active' AND NOT blocked AND priority > ${priority} ${among(rivals)}`
  return Number(rows[0].ahead)
}

/** The same for two priorities, in one pass over the line. */
export async function jobsAheadOfTwo(
  first: number,
  second: number,
  tx: Tx = db(),
  rivals: readonly string[] | null = null,
): Promise<[number, number]> {
  const [high, low] = first > second ? [first, second] : [second, first]
  const ahead = await jobsAhead(high, tx, rivals)
  const [{ between }] = await tx.$queryRaw<{ between: bigint }[]>`
    SELECT count(*) AS between FROM pgboss.job
    WHERE name = ${RENDER_QUEUE} AND state < 'active' AND NOT blocked AND priority > ${low} AND priority <= ${high}
      ${among(rivals)}`
  const further = ahead + Number(between)
  return first > second ? [ahead, further] : [further, ahead]
}

/**
 * The same for many priorities in one pass over the line: waiting jobs are counted by the gap between
 * two of the given priorities that they fall in, and the gaps are summed from the front.
 */
export async function jobsAheadOfEach(
  priorities: number[],
  tx: Tx = db(),
  rivals: readonly string[] | null = null,
): Promise<Map<number, number>> {
  const ascending = [...new Set(priorities)].sort((a, b) => a - b)
  if (ascending.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ gap: number; jobs: bigint }[]>`
    SELECT width_bucket(priority - 1, ${ascending}::int[]) AS gap, count(*) AS jobs FROM pgboss.job
    WHERE name = ${RENDER_QUEUE} AND state < 'active' AND NOT blocked AND priority > ${ascending[0]} ${among(rivals)}
    GROUP BY 1`
  const jobsIn = new Map(rows.map((row) => [row.gap, Number(row.jobs)]))
  const ahead = new Map<number, number>()
  let sum = 0
  for (let index = ascending.length - 1; index >= 0; index--) {
    sum += jobsIn.get(index + 1) ?? 0
    ahead.set(ascending[index], sum)
  }
  return ahead
}

const among = (rivals: readonly string[] | null): Prisma.Sql =>
  rivals ? Prisma.sql`AND (group_id IS NULL OR group_id = ANY(${[...rivals]}))` : Prisma.empty
