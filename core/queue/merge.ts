import { writeBossPriorities } from '#core/queue/boss-table'
import { remerge, ticketOf } from '#core/queue/fair'
import type { LockedTx } from '#core/queue/line'
import { type Band, fromPriority, TICKETS, toPriority } from '#core/queue/ordering'
import { type Replaced, roomFor } from '#core/queue/places'

/*
 * Policy fair: jobs whose start tags change go where these belong. What that costs depends on how many these are,
 * not on how long the line is.
 */

/** A waiting job whose start tag shall be another. */
export interface Retagged extends Replaced {
  before: number
  tag: number
}

const ENDS = { after: -1, before: TICKETS }

/** Jobs that find their places in one statement, each passing over the others. */
const AT_ONCE = 100

/**
 * Puts one user's jobs, whose start tags all grow or all shrink, where the new ones belong, and writes both. Some at
 * a time, beginning with those that the next are to follow, so that the line is in order in between.
 */
export async function settle(
  tx: LockedTx<'exclusive'>,
  band: Band,
  changed: readonly Retagged[],
): Promise<void> {
  const really = changed.filter((job) => job.tag !== job.before).sort((a, b) => a.before - b.before)
  if (really.length > 0 && really[0].tag > really[0].before) really.reverse()
  for (let from = 0; from < really.length; from += AT_ONCE)
    await settleSome(tx, band, really.slice(from, from + AT_ONCE))
}

async function settleSome(tx: LockedTx<'exclusive'>, band: Band, jobs: readonly Retagged[]): Promise<void> {
  for (let left = jobs; left.length > 0; ) {
    const line = await readSurroundings(tx, band, left)
    const outcome = remerge(line, ENDS)
    const byId = new Map(left.map((job) => [job.id, job]))
    const settled =
      'tickets' in outcome
        ? line.flatMap(({ id, ticket }, index) =>
            id === null
              ? []
              : [{ ...byId.get(id)!, from: ticket, ticket: outcome.tickets.get(index) ?? ticket }],
          )
        : await squeezeIn(
            tx,
            band,
            outcome.full.gap,
            outcome.full.jobs.map((index) => byId.get(line[index].id!)!),
          )
    await writeSettled(tx, band, settled)
    const done = new Set(settled.map(({ id }) => id))
    left = left.filter(({ id }) => !done.has(id))
  }
}

type Settled = Retagged & { from: number | null; ticket: number }

/** Tickets in a gap that is too narrow, once its neighbours have made room; which may be jobs still to settle. */
async function squeezeIn(
  tx: LockedTx<'exclusive'>,
  band: Band,
  gap: typeof ENDS,
  jobs: readonly Retagged[],
): Promise<Settled[]> {
  const wishes = jobs.map((job) => ticketOf(job.tag))
  const tickets = await roomFor(tx, band, gap, wishes, ENDS)
  return jobs.map((job, index) => ({ ...job, from: null, ticket: tickets[index] }))
}

async function writeSettled(
  tx: LockedTx<'exclusive'>,
  band: Band,
  settled: readonly Settled[],
): Promise<void> {
  const jobs = settled.map((job) => ({ ...job, priority: toPriority({ band, ticket: job.ticket }) }))
  await writeBossPriorities(
    tx,
    jobs.filter((job) => job.ticket !== job.from),
  )
  await tx.$executeRaw`
    UPDATE "RenderJob" AS job SET priority = new.priority, ticket = new.ticket, "startTag" = new.tag
    FROM unnest(${jobs.map((job) => job.id)}::uuid[], ${jobs.map((job) => job.priority)}::int[],
      ${jobs.map((job) => job.ticket)}::int[], ${jobs.map((job) => job.tag)}::float8[])
      AS new (id, priority, ticket, tag)
    WHERE job.id = new.id`
}

/**
 * The part of a band's line that `remerge` needs to settle these jobs, in order: themselves with their new tags and
 * where they stand, and their neighbours there and where they go (id null). Each of these is one look into an index.
 */
async function readSurroundings(tx: LockedTx<'exclusive'>, band: Band, jobs: readonly Retagged[]) {
  const [front, back] = [toPriority({ band, ticket: 0 }), toPriority({ band, ticket: TICKETS - 1 })]
  const ids = jobs.map((job) => job.id)
  const rows = await tx.$queryRaw<{ id: string | null; priority: number; tag: number | null }[]>`
    WITH mine AS (
      SELECT job.id, job.priority, new.tag FROM "RenderJob" AS job
      JOIN unnest(${ids}::uuid[], ${jobs.map((job) => job.tag)}::float8[]) AS new (id, tag) ON new.id = job.id
    ), goal AS (
      SELECT ahead.priority AS ahead, ahead."startTag" AS "aheadTag", behind.priority AS behind, behind."startTag" AS "behindTag"
      FROM (SELECT DISTINCT tag FROM mine) AS wish
      LEFT JOIN LATERAL (
        SELECT priority, "startTag" FROM "RenderJob"
        WHERE state = 'queued' AND band = ${band}::"Band" AND "startTag" <= wish.tag AND id <> ALL(${ids}::uuid[])
        ORDER BY "startTag" DESC, priority LIMIT 1
      ) AS ahead ON true
      LEFT JOIN LATERAL (
        SELECT priority, "startTag" FROM "RenderJob"
        WHERE state = 'queued' AND band = ${band}::"Band" AND "startTag" > wish.tag AND id <> ALL(${ids}::uuid[])
        ORDER BY "startTag", priority DESC LIMIT 1
      ) AS behind ON true
    ), spot AS (
      SELECT priority::int8 FROM mine UNION SELECT coalesce(behind, ${back}::int8 - 1) FROM goal
    ), others AS (
      SELECT ahead AS priority, "aheadTag" AS tag FROM goal WHERE ahead IS NOT NULL
      UNION SELECT behind, "behindTag" FROM goal WHERE behind IS NOT NULL
      UNION SELECT beside.priority, beside."startTag" FROM spot CROSS JOIN LATERAL (
        SELECT priority, "startTag" FROM "RenderJob"
        WHERE state = 'queued' AND priority > spot.priority AND priority <= ${front} AND id <> ALL(${ids}::uuid[])
        ORDER BY priority LIMIT 1
      ) AS beside
    )
    SELECT id::text, priority, tag FROM mine UNION ALL SELECT NULL, priority, tag FROM others
    ORDER BY priority DESC`
  return rows.map(({ id, priority, tag }) => ({
    id,
    ticket: fromPriority(priority).ticket,
    tag,
    retagged: id !== null,
  }))
}
