import type { Tx } from '#core/db'
import { remerge, type Tagged } from '#core/queue/fair'
import { type Band, fromPriority, TICKETS, toPriority } from '#core/queue/ordering'
import { type Replaced, writeBossPriorities, writePlaces } from '#core/queue/places'

/* Policy fair: jobs whose start tags change go where these belong. For callers who hold the line 'exclusive'. */

/** A waiting job whose start tag shall be another. */
export interface Retagged extends Replaced {
  before: number
  tag: number
}

/** Puts jobs whose start tags change where these belong, and writes both. */
export async function settle(tx: Tx, band: Band, changed: readonly Retagged[]): Promise<void> {
  const really = changed.filter((job) => job.tag !== job.before)
  if (really.length === 0) return
  const lowest = really.reduce((least, job) => Math.min(least, job.before, job.tag), Number.POSITIVE_INFINITY)
  const moved = await mergeIn(tx, band, lowest, really, [])
  const jobs = really.map((job) => ({ ...job, priority: moved.priorities.get(job.priority) ?? job.priority }))
  await writeBossPriorities(
    tx,
    jobs.filter((job, index) => job.priority !== really[index].priority),
  )
  await tx.$executeRaw`
    UPDATE "RenderJob" AS job SET priority = new.priority, ticket = new.ticket, "startTag" = new.tag
    FROM unnest(${jobs.map((job) => job.id)}::uuid[], ${jobs.map((job) => job.priority)}::int[],
      ${jobs.map((job) => fromPriority(job.priority).ticket)}::int[], ${jobs.map((job) => job.tag)}::float8[])
      AS new (id, priority, ticket, tag)
    WHERE job.id = new.id`
}

/**
 * Finds places for waiting jobs whose start tags change, as new priorities by old ones, and tickets for newcomers
 * with these ascending tags. Moves others only where there is no room. `lowest` is the least tag that any of them
 * has or had.
 */
export async function mergeIn(
  tx: Tx,
  band: Band,
  lowest: number,
  changed: readonly Retagged[],
  newcomers: readonly number[],
): Promise<{ priorities: Map<number, number>; tickets: number[] }> {
  const tagOf = new Map(changed.map((job) => [job.priority, job.tag]))
  for (const from of [lowest, Number.NEGATIVE_INFINITY]) {
    const { line, after } = await lineFrom(tx, band, from)
    const all: Tagged[] = [
      ...line.map(({ priority, tag }) => {
        const newTag = tagOf.get(priority)
        const retagged = newTag !== undefined
        return { ticket: fromPriority(priority).ticket, tag: retagged ? newTag : tag, retagged }
      }),
      ...newcomers.map((tag) => ({ ticket: Number.NaN, tag, retagged: true })),
    ]
    const places = remerge(all, { after, before: TICKETS })
    if (!places) continue
    const priorities = new Map<number, number>()
    for (const [index, ticket] of places)
      if (index < line.length) priorities.set(line[index].priority, toPriority({ band, ticket }))
    await moveAside(
      tx,
      [...priorities].filter(([priority]) => !tagOf.has(priority)),
    )
    return { priorities, tickets: newcomers.map((_tag, index) => places.get(line.length + index)!) }
  }
  throw new Error(`band ${band} has no room left`)
}

/** Gives jobs other tickets that only stand in the way. */
async function moveAside(tx: Tx, priorities: readonly (readonly [number, number])[]): Promise<void> {
  if (priorities.length === 0) return
  // Two jobs may want each other's place, one of them through `settle`: what counts is the end.
  await tx.$executeRaw`SET CONSTRAINTS "RenderJob_one_per_place" DEFERRED`
  const rows = await tx.$queryRaw<Replaced[]>`
    SELECT id::text, "bossJobId"::text, priority FROM "RenderJob"
    WHERE state = 'queued' AND priority = ANY(${priorities.map(([priority]) => priority)}::int[])`
  const next = new Map(priorities)
  await writePlaces(
    tx,
    rows.map((row) => ({ ...row, priority: next.get(row.priority)! })),
  )
}

/** A band's waiting jobs, in order, from the first whose start tag is at least this one; and the ticket before them. */
async function lineFrom(tx: Tx, band: Band, tag: number) {
  const [front, back] = [toPriority({ band, ticket: 0 }), toPriority({ band, ticket: TICKETS - 1 })]
  // Two arrays in one row, for a line may be long.
  const [found] = await tx.$queryRaw<{ ahead: number | null; priorities: number[]; tags: number[] }[]>`
    WITH first AS (
      SELECT coalesce(max(priority), ${back}::int8 - 1) AS priority FROM "RenderJob"
      WHERE state = 'queued' AND band = ${band}::"Band" AND "startTag" >= ${tag}::float8
    )
    SELECT
      (SELECT min(priority) FROM "RenderJob"
        WHERE state = 'queued' AND priority > (SELECT priority FROM first) AND priority <= ${front}) AS ahead,
      coalesce(array_agg(priority ORDER BY priority DESC), '{}') AS priorities,
      coalesce(array_agg(coalesce("startTag", ${NO_TAG}::float8) ORDER BY priority DESC), '{}') AS tags
    FROM "RenderJob"
    WHERE state = 'queued' AND priority <= (SELECT priority FROM first) AND priority >= ${back}`
  const line = found.priorities.map((priority, index) => ({
    priority,
    tag: found.tags[index] === NO_TAG ? null : found.tags[index],
  }))
  return { line, after: found.ahead === null ? -1 : fromPriority(found.ahead).ticket }
}

/** Stands for the tag of a job that has none. */
const NO_TAG = -1e300
