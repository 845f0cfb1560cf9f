import { fitTags, ticketOf } from '#core/queue/fair'
import type { LockedTx } from '#core/queue/line'
import { type Band, TICKETS, toPriority } from '#core/queue/ordering'
import { allocate, type Replaced, writePlaces } from '#core/queue/places'
import type { Gap } from '#core/queue/spacing'

const ENDS: Gap = { after: -1, before: TICKETS }

/**
 * Policy fair: puts a user's waiting jobs of a band where their start tags belong, once these have changed without
 * changing their order among themselves. A job goes behind all whose tag is not greater, and behind moved jobs (they
 * have no tag) that stand among these; a job that stands right already stays. Nobody else changes places.
 */
export async function reposition(tx: LockedTx<'exclusive'>, ownerId: string, band: Band): Promise<void> {
  for (;;) {
    const groups = await listMisplaced(tx, ownerId, band)
    const placed = groups.map(({ gap, jobs }) => ({ gap, jobs, tickets: fitTags(gap, tagsOf(jobs)) }))
    const crowded = placed.find(({ tickets }) => tickets === null)
    if (!crowded)
      return writePlaces(
        tx,
        placed.flatMap(({ jobs, tickets }) => at(band, jobs, tickets!)),
      )
    // Its neighbours make room, some of which may be about to move themselves: the other gaps are read again.
    const wishes = tagsOf(crowded.jobs).map(ticketOf)
    const tickets = await allocate(tx, band, crowded.gap, wishes, ENDS)
    await writePlaces(tx, at(band, crowded.jobs, tickets))
  }
}

type Misplaced = Replaced & { tag: number; after: number | null; before: number | null }

const tagsOf = (jobs: readonly Misplaced[]): number[] => jobs.map((job) => job.tag)

const at = (band: Band, jobs: readonly Misplaced[], tickets: readonly number[]): Replaced[] =>
  jobs.map((job, index) => ({ ...job, priority: toPriority({ band, ticket: tickets[index] }) }))

/** The jobs that don't stand where their tags belong, in order, by the gap between the others where they go. */
async function listMisplaced(
  tx: LockedTx<'exclusive'>,
  ownerId: string,
  band: Band,
): Promise<{ gap: Gap; jobs: Misplaced[] }[]> {
  const [front, back] = [toPriority({ band, ticket: 0 }), toPriority({ band, ticket: TICKETS - 1 })]
  const rows = await tx.$queryRaw<Misplaced[]>`
    WITH line AS (
      SELECT id, "bossJobId", priority, ticket, "startTag" AS tag, "startTag" IS NOT NULL AND "ownerId" = ${ownerId}::uuid AS own
      FROM "RenderJob" WHERE state = 'queued' AND priority BETWEEN ${back} AND ${front}
    ), judged AS (
      SELECT *, own AND (
        max(tag) FILTER (WHERE NOT own) OVER (ORDER BY ticket) > tag OR
        min(tag) FILTER (WHERE NOT own) OVER (ORDER BY ticket DESC) < tag
      ) IS TRUE AS misplaced FROM line
    ), standing AS (
      SELECT ticket, lag(ticket) OVER (ORDER BY ticket) AS after FROM judged WHERE NOT misplaced
    ), aimed AS (
      SELECT *, min(ticket) FILTER (WHERE NOT misplaced) OVER (ORDER BY tag DESC, own DESC, ticket DESC) AS before
      FROM judged WHERE tag IS NOT NULL
    )
    SELECT id::text, "bossJobId"::text, priority, tag, before, CASE WHEN before IS NULL
      THEN (SELECT max(ticket) FROM standing) ELSE standing.after END AS after
    FROM aimed LEFT JOIN standing ON standing.ticket = before
    WHERE misplaced ORDER BY tag, aimed.ticket`
  return [...Map.groupBy(rows, (row) => row.before).values()].map((jobs) => ({
    gap: { after: jobs[0].after ?? ENDS.after, before: jobs[0].before ?? ENDS.before },
    jobs,
  }))
}
