import { writeBossPriorities } from '#core/queue/boss-table'
import type { LockedTx } from '#core/queue/line'
import { type Band, fromPriority, TICKET_STEP, TICKETS, toPriority } from '#core/queue/ordering'
import { chooseWindow, fitInto, type Gap } from '#core/queue/spacing'
import { Prisma } from '#prisma/client'
import type { QueuePolicy } from '#prisma/enums'

/* Places in the line as they are stored: `priority` in pg-boss's row and in ours, always the same in both. */

/** A waiting job and the priority that it shall have. */
export interface Replaced {
  id: string
  bossJobId: string
  priority: number
}

/** Gives waiting jobs other priorities, in one statement per table. */
export async function writePlaces(tx: LockedTx<'exclusive'>, jobs: readonly Replaced[]): Promise<void> {
  if (jobs.length === 0) return
  await writeBossPriorities(tx, jobs)
  const places = jobs.map((job) => fromPriority(job.priority))
  await tx.$executeRaw`
    UPDATE "RenderJob" AS job SET priority = new.priority, band = new.band::"Band", ticket = new.ticket
    FROM unnest(${jobs.map((job) => job.id)}::uuid[], ${jobs.map((job) => job.priority)}::int[],
      ${places.map((place) => place.band)}::text[], ${places.map((place) => place.ticket)}::int[])
      AS new (id, priority, band, ticket)
    WHERE job.id = new.id`
}

/** The tickets that a band may use: under fifo those before the next one of the sequence. */
export async function endsOf(tx: LockedTx<'exclusive'>, policy: QueuePolicy): Promise<Gap> {
  if (policy === 'fair') return { after: -1, before: TICKETS }
  const [{ next }] = await tx.$queryRaw<{ next: bigint }[]>`
    SELECT CASE WHEN is_called THEN last_value + ${TICKET_STEP}::int ELSE last_value END AS next FROM render_ticket`
  return { after: -1, before: Math.min(TICKETS, Number(next)) }
}

/** The waiting tickets of a band nearest to `ticket`, itself left out, nearest first. */
export async function neighbours(
  tx: LockedTx<'exclusive'>,
  band: Band,
  ticket: number,
  side: 'front' | 'behind',
  limit = 1,
): Promise<(Replaced & { ticket: number })[]> {
  const from = toPriority({ band, ticket: Math.min(TICKETS - 1, Math.max(0, ticket)) })
  // One beyond the band's tickets is asked for as such: "behind -1" begins with ticket 0.
  const own = ticket < 0 || ticket >= TICKETS ? 1 : 0
  const rows =
    side === 'front'
      ? await tx.$queryRaw<Replaced[]>`
          SELECT id::text, "bossJobId"::text, priority FROM "RenderJob"
          WHERE state = 'queued' AND priority > ${from - own}::int8 AND priority <= ${toPriority({ band, ticket: 0 })}
          ORDER BY priority LIMIT ${limit}`
      : await tx.$queryRaw<Replaced[]>`
          SELECT id::text, "bossJobId"::text, priority FROM "RenderJob"
          WHERE state = 'queued' AND priority < ${from + own}::int8
            AND priority >= ${toPriority({ band, ticket: TICKETS - 1 })}
          ORDER BY priority DESC LIMIT ${limit}`
  return rows.map((row) => ({ ...row, ticket: fromPriority(row.priority).ticket }))
}

/** The gap right in front of a ticket of a band, or right behind it, whether or not a job has the ticket itself. */
export async function gapBeside(
  tx: LockedTx<'exclusive'>,
  band: Band,
  ticket: number,
  side: 'front' | 'behind',
  ends: Gap,
): Promise<Gap> {
  const [next] = await neighbours(tx, band, ticket, side)
  return side === 'front'
    ? { after: next?.ticket ?? ends.after, before: ticket }
    : { after: ticket, before: next?.ticket ?? ends.before }
}

/** The gap that a ticket falls into; where a waiting job has it, the one right in front of that job. */
export async function gapAround(
  tx: LockedTx<'exclusive'>,
  band: Band,
  ticket: number,
  ends: Gap,
): Promise<Gap> {
  const [behind] = await neighbours(tx, band, ticket - 1, 'behind')
  const before = behind?.ticket ?? ends.before
  return gapBeside(tx, band, before, 'front', ends)
}

/**
 * For each start tag the gap where a job with it goes: behind all whose tag is not greater, or with `first`
 * before those with the same; and behind moved jobs, which have none, that stand among these.
 */
export async function gapsByTag(
  tx: LockedTx<'exclusive'>,
  band: Band,
  tags: readonly number[],
  ends: Gap,
  { first = false } = {},
): Promise<Gap[]> {
  const [front, back] = [toPriority({ band, ticket: 0 }), toPriority({ band, ticket: TICKETS - 1 })]
  // The greater tags: of the groups of like tags, from the last on, all before a wish's own; or with it.
  const frame = Prisma.raw(first ? 'CURRENT ROW' : '1 PRECEDING')
  const rows = await tx.$queryRaw<{ behind: number | null; front: number | null }[]>`
    WITH merged AS (
      SELECT "startTag" AS tag, priority, NULL AS wish FROM "RenderJob"
      WHERE state = 'queued' AND priority BETWEEN ${back} AND ${front} AND "startTag" IS NOT NULL
      UNION ALL SELECT tag, NULL, wish FROM unnest(${tags}::float8[]) WITH ORDINALITY AS wished (tag, wish)
    ), aimed AS (
      SELECT wish, max(priority) OVER (ORDER BY tag DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND ${frame}) AS behind FROM merged
    )
    SELECT behind, front.priority AS front FROM aimed LEFT JOIN LATERAL (
      SELECT priority FROM "RenderJob"
      WHERE state = 'queued' AND priority > coalesce(behind, ${back}::int8 - 1) AND priority <= ${front}
      ORDER BY priority LIMIT 1
    ) AS front ON true
    WHERE wish IS NOT NULL ORDER BY wish`
  return rows.map((row) => ({
    after: row.front === null ? ends.after : fromPriority(row.front).ticket,
    before: row.behind === null ? ends.before : fromPriority(row.behind).ticket,
  }))
}

/**
 * Tickets in a gap for jobs in this order. Where the gap has no room, the tickets of its neighbours between `ends`
 * are spread out first, as few as it takes; nobody changes places by that.
 */
export async function allocate(
  tx: LockedTx<'exclusive'>,
  band: Band,
  gap: Gap,
  wishes: readonly number[],
  ends: Gap,
): Promise<number[]> {
  return (
    fitInto(gap, wishes) ??
    (await rebalance(tx, band, gap, wishes.length, ends, NEAR)) ??
    (await rebalance(tx, band, gap, wishes.length, ends, WHOLE)) ??
    refuse(band)
  )
}

const refuse = (band: Band): never => {
  throw new Error(`band ${band} has no room left`)
}

/** How many neighbours on each side may take part, and how many tickets each shall have: some near ones, else all. */
const NEAR = { limit: 1000, roomEach: 16 }
const WHOLE = { limit: TICKETS, roomEach: 1 }

/** Spreads out the tickets around a full gap, and returns those for `count` newcomers; null where that finds no room. */
async function rebalance(
  tx: LockedTx<'exclusive'>,
  band: Band,
  gap: Gap,
  count: number,
  ends: Gap,
  { limit, roomEach }: { limit: number; roomEach: number },
): Promise<number[] | null> {
  const inFront = await neighbours(tx, band, gap.before, 'front', limit)
  const front = inFront.filter(({ ticket }) => ticket > ends.after)
  const behind = await neighbours(tx, band, gap.before - 1, 'behind', limit)
  const window = chooseWindow(
    front.map((row) => row.ticket),
    behind.map((row) => row.ticket),
    ends,
    { count, roomEach, whole: { front: front.length < limit, behind: behind.length < limit } },
  )
  if (!window) return null
  const moved = [...front.slice(0, window.front).reverse(), ...behind.slice(0, window.behind)]
  const newcomers = window.tickets.splice(window.front, count)
  await writePlaces(
    tx,
    moved.map((row, index) => ({ ...row, priority: toPriority({ band, ticket: window.tickets[index] }) })),
  )
  return newcomers
}
