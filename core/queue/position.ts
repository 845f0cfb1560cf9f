import { db, type Tx } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import { HIGHEST } from '#core/queue/ordering'
import { Prisma } from '#prisma/client'

/**
 * Jobs that are fetched before one with this priority: one index-only count. Position = this + 1.
 * `rivals`: only those of these engines, see core/worker/engines.ts.
 */
export async function jobsAhead(
  priority: number,
  tx: Tx = db(),
  rivals: readonly string[] | null = null,
): Promise<number> {
  const rows = await tx.$queryRaw<{ ahead: bigint }[]>`
    SELECT count(*) AS ahead FROM pgboss.job
    WHERE ${inLine(rivals)} AND priority > ${priority}`
  return Number(rows[0].ahead)
}

/**
 * The same for many priorities in one pass over the line: the index is counted range by range, from each priority
 * to the next, and the ranges are summed from the front. Costs no more than counting for the last of them.
 */
export async function jobsAheadOfEach(
  priorities: readonly number[],
  tx: Tx = db(),
  rivals: readonly string[] | null = null,
): Promise<Map<number, number>> {
  const fromFront = [...new Set(priorities)].sort((a, b) => b - a)
  if (fromFront.length === 0) return new Map()
  // Both ends of each range go as one text: as lists of numbers they would take a tenth of the time.
  const low = arrayOf(fromFront)
  const high = arrayOf([HIGHEST, ...fromFront.slice(0, -1)])
  const [{ ranges }] = await tx.$queryRaw<{ ranges: number[] }[]>`
    SELECT ARRAY(
      SELECT (
        SELECT count(*) FROM pgboss.job
        WHERE ${inLine(rivals)} AND priority > low AND priority <= high
      )::int
      FROM unnest(${low}::text::int[], ${high}::text::int[]) AS range (low, high)
    ) AS ranges`
  let sum = 0
  return new Map(
    fromFront.map((priority, index) => {
      sum += ranges[index]
      return [priority, sum]
    }),
  )
}

/** An array as Postgres writes it. Unnested, it gives its elements in this order. */
const arrayOf = (numbers: readonly number[]): string => `{${numbers.join(',')}}`

/** What pg-boss may fetch, in the words of its index job_common_i11. */
const inLine = (rivals: readonly string[] | null): Prisma.Sql => Prisma.sql`
  name = ${RENDER_QUEUE} AND state < 'active' AND NOT blocked
  ${rivals ? Prisma.sql`AND (group_id IS NULL OR group_id = ANY(${[...rivals]}))` : Prisma.empty}`
