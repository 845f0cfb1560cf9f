import type { Tx } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import type { LockedTx } from '#core/queue/line'
import { HIGHEST } from '#core/queue/ordering'
import { Prisma } from '#prisma/client'

/*
 * All SQL of Greenroom on pg-boss's own table, so that an upgrade of pg-boss touches this file only. Everything else
 * goes through pg-boss's interface. Greenroom reads what pg-boss may fetch, and writes two columns of jobs that wait:
 * `priority`, which carries the order, and `blocked`, which keeps the jobs of a paused batch from being fetched.
 */

/** What pg-boss may fetch, in the words of its index job_common_i11. `rivals`: only jobs of these engines. */
const fetchable = (rivals: readonly string[] | null): Prisma.Sql => Prisma.sql`
  name = ${RENDER_QUEUE} AND state < 'active' AND NOT blocked
  ${rivals ? Prisma.sql`AND (group_id IS NULL OR group_id = ANY(${[...rivals]}))` : Prisma.empty}`

/** Counts the jobs that are fetched before one with this priority: one index-only count. */
export async function countAhead(
  tx: Tx,
  priority: number,
  rivals: readonly string[] | null,
): Promise<number> {
  const [{ ahead }] = await tx.$queryRaw<{ ahead: bigint }[]>`
    SELECT count(*) AS ahead FROM pgboss.job WHERE ${fetchable(rivals)} AND priority > ${priority}`
  return Number(ahead)
}

/** For each of these descending priorities, how many jobs lie between it and the one before it. */
export async function countBetween(
  tx: Tx,
  priorities: readonly number[],
  rivals: readonly string[] | null,
): Promise<number[]> {
  // Both ends of each range go as one text: lists of numbers would take ten times as long.
  const low = arrayOf(priorities)
  const high = arrayOf([HIGHEST, ...priorities.slice(0, -1)])
  const [{ ranges }] = await tx.$queryRaw<{ ranges: number[] }[]>`
    SELECT ARRAY(
      SELECT (
        SELECT count(*) FROM pgboss.job WHERE ${fetchable(rivals)} AND priority > low AND priority <= high
      )::int
      FROM unnest(${low}::text::int[], ${high}::text::int[]) AS range (low, high)
    ) AS ranges`
  return ranges
}

/** An array as Postgres writes it. Unnested, it gives its elements in this order. */
const arrayOf = (numbers: readonly number[]): string => `{${numbers.join(',')}}`

/** Gives waiting jobs other priorities; the caller writes the same to our rows. */
export async function writeBossPriorities(
  tx: LockedTx<'shared'>,
  jobs: readonly { bossJobId: string; priority: number }[],
): Promise<void> {
  if (jobs.length === 0) return
  const written = await tx.$executeRaw`
    WITH new AS (
      SELECT * FROM unnest(${jobs.map((job) => job.bossJobId)}::uuid[], ${jobs.map((job) => job.priority)}::int[])
        AS new ("bossJobId", priority)
    ) ${updatePriorities(Prisma.sql`new`)}`
  requireAll(jobs.length, written)
}

/** The statement that gives waiting jobs the priorities of a table with the columns `bossJobId` and `priority`. */
export const updatePriorities = (table: Prisma.Sql): Prisma.Sql => Prisma.sql`
  UPDATE pgboss.job SET priority = ${table}.priority FROM ${table}
  WHERE job.name = ${RENDER_QUEUE} AND job.id = "bossJobId" AND job.state < 'active'`

/** Throws unless pg-boss knew all the waiting jobs whose priorities were written. */
export function requireAll(waiting: number, written: number): void {
  if (written !== waiting)
    throw new Error(`${waiting - written} of ${waiting} waiting jobs are unknown to pg-boss`)
}

/**
 * Blocks waiting jobs, so that they are not fetched, or unblocks them; they keep their priorities. pg-boss's fetch and
 * its index leave out what is `blocked`, so that many such jobs cost the others nothing.
 */
export async function setBlocked(
  tx: LockedTx<'shared'>,
  bossJobIds: readonly string[],
  blocked: boolean,
): Promise<void> {
  if (bossJobIds.length === 0) return
  await tx.$executeRaw`
    UPDATE pgboss.job SET blocked = ${blocked}
    WHERE name = ${RENDER_QUEUE} AND id = ANY(${[...bossJobIds]}::uuid[]) AND state < 'active'`
}
