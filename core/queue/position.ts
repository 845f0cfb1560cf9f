import { db, type Tx } from '#core/db'
import { countAhead, countBetween } from '#core/queue/boss-table'

/**
 * Jobs that are fetched before one with this priority. Position = this + 1.
 * `rivals`: only those of these engines, see core/worker/engines.ts.
 */
export const jobsAhead = (
  priority: number,
  tx: Tx = db(),
  rivals: readonly string[] | null = null,
): Promise<number> => countAhead(tx, priority, rivals)

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
  const ranges = await countBetween(tx, fromFront, rivals)
  let sum = 0
  return new Map(
    fromFront.map((priority, index) => {
      sum += ranges[index]
      return [priority, sum]
    }),
  )
}
