import { requireAll, updatePriorities } from '#core/queue/boss-table'
import { TICKETS_PER_SECOND } from '#core/queue/fair'
import type { LockedTx } from '#core/queue/line'
import { BANDS, FIRST_TICKET, TICKET_STEP, TICKETS, toPriority } from '#core/queue/ordering'
import { Prisma } from '#prisma/client'
import type { QueuePolicy } from '#prisma/enums'

/*
 * New tickets for everything that waits or runs, by a policy's own rule: one statement for the whole line. What runs
 * gets a place too, in case it comes back. A moved job stays in front of all that it was in front of: it goes right
 * before the first of these in the new order, or to the end where there were none. Moved jobs keep their order among
 * themselves.
 */

/** Puts the line into the order of a policy, from the order that it is in now. */
export async function renumber(tx: LockedTx<'exclusive'>, policy: QueuePolicy): Promise<void> {
  await tx.userClock.deleteMany()
  await tx.bandClock.updateMany({ data: { virtualTime: 0 } })
  // Sorts of a long line stay in memory.
  await tx.$executeRaw`SET LOCAL work_mem = '128MB'`
  if (policy === 'fifo') await byArrival(tx)
  else await byShare(tx)
}

/** fifo: in the order of arrival, one step apart over all bands, as if they had just been given out. */
async function byArrival(tx: LockedTx<'exclusive'>): Promise<void> {
  const count = await write(
    tx,
    Prisma.sql`
      ranked AS (
        SELECT *, CASE WHEN NOT pinned THEN row_number() OVER (PARTITION BY pinned ORDER BY "queuedAt", "batchId", ordinal) END AS rank
        FROM line
      ), aimed AS (
        SELECT *, CASE WHEN pinned THEN min(rank) OVER (PARTITION BY band ORDER BY stood DESC) ELSE rank END AS aim FROM ranked
      ), placed AS (
        SELECT *, NULL::float8 AS tag,
          ${FIRST_TICKET}::int8 + (row_number() OVER (ORDER BY aim NULLS LAST, NOT pinned, stood) - 1) * ${TICKET_STEP}::int8 AS ticket
        FROM aimed
      )`,
  )
  await tx.$executeRaw`SELECT setval('render_ticket', ${FIRST_TICKET + count * TICKET_STEP}, false)`
}

/** Distance of two tickets under fair, for jobs with like start tags: room for those that will go between them. */
const WIDE_STEP = 1024
/** Tickets that the steps of a whole line may take. */
const SPAN = 2 ** 28

/**
 * fair: each user's jobs of a band follow each other from virtual time 0, in the order in which they stand. A job gets
 * the ticket of its start tag, or where these lie closer a step behind the one in front of it. What runs now has no
 * share to come back to: it goes first, as it was.
 */
async function byShare(tx: LockedTx<'exclusive'>): Promise<void> {
  await write(
    tx,
    Prisma.sql`
      shared AS (
        SELECT line.*, waiting AND NOT pinned AS counted, "costSeconds" / owner.weight AS share
        FROM line JOIN "User" AS owner ON owner.id = "ownerId"
      ), tagged AS (
        SELECT *, CASE WHEN counted THEN coalesce(sum(share) OVER (
          PARTITION BY band, counted, "ownerId" ORDER BY stood ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) END AS tag
        FROM shared
      ), ranked AS (
        SELECT *, CASE WHEN counted THEN row_number() OVER (PARTITION BY band, counted ORDER BY tag, stood) END AS rank FROM tagged
      ), aimed AS (
        SELECT *, CASE WHEN pinned THEN min(rank) OVER (PARTITION BY band, waiting ORDER BY stood DESC) ELSE rank END AS aim FROM ranked
      ), turned AS (
        SELECT *, row_number() OVER (PARTITION BY band ORDER BY waiting, aim NULLS LAST, NOT pinned, stood) - 1 AS turn,
          count(*) OVER (PARTITION BY band) AS jobs, greatest(1, least(${WIDE_STEP}::int8, ${SPAN}::int8 / count(*) OVER ())) AS step
        FROM aimed
      ), placed AS (
        SELECT *, least(${TICKETS}::int8 - jobs + turn, turn * step + max(
          ${FIRST_TICKET}::int8 + floor(coalesce(tag, 0) * ${TICKETS_PER_SECOND}::int8)::int8 - turn * step
        ) OVER (PARTITION BY band ORDER BY turn)) AS ticket
        FROM turned
      ), clocks AS (
        INSERT INTO "UserClock" ("userId", band, finish)
        SELECT "ownerId", band, max(tag + share) FROM placed WHERE counted GROUP BY "ownerId", band
      )`,
  )
}

/** Writes the tickets and start tags that `placed` gives to the jobs of `line`, and returns how many these are. */
async function write(tx: LockedTx<'exclusive'>, placed: Prisma.Sql): Promise<number> {
  const tops = BANDS.map((band) => toPriority({ band, ticket: 0 }))
  const [{ jobs, waiting, sent, last }] = await tx.$queryRaw<
    { jobs: bigint; waiting: bigint; sent: bigint; last: bigint | null }[]
  >`
    WITH line AS MATERIALIZED (
      SELECT id, "bossJobId", "ownerId", band, pinned, "queuedAt", "batchId", ordinal, "costSeconds", state = 'queued' AS waiting,
        row_number() OVER (ORDER BY priority DESC, "startedAt", id) AS stood
      FROM "RenderJob" WHERE state IN ('queued', 'running')
    ), ${placed}, next AS MATERIALIZED (
      SELECT id, "bossJobId", waiting, tag, ticket, top.priority - ticket AS priority
      FROM placed JOIN unnest(${[...BANDS]}::text[], ${tops}::int[]) AS top (band, priority) ON top.band::"Band" = placed.band
    ), entries AS (
      ${updatePriorities(Prisma.sql`next`)} AND waiting RETURNING 1
    ), rows AS (
      UPDATE "RenderJob" AS job SET priority = next.priority, ticket = next.ticket, "startTag" = tag
      FROM next WHERE job.id = next.id
    )
    SELECT count(*) AS jobs, count(*) FILTER (WHERE waiting) AS waiting, (SELECT count(*) FROM entries) AS sent, max(ticket) AS last
    FROM next`
  requireAll(Number(waiting), Number(sent))
  if (last !== null && last >= TICKETS) throw new Error(`${jobs} jobs are more than a line can hold`)
  return Number(jobs)
}
