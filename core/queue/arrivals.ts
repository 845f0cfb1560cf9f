import { fitTags, tagsOf, ticketOf } from '#core/queue/fair'
import { type ArrivalLock, type LockedTx, readPolicy } from '#core/queue/line'
import { type Band, type Place, toPriority } from '#core/queue/ordering'
import { allocate, endsOf, gapAround, gapBeside, gapsByTag } from '#core/queue/places'
import { readShare, resetIfIdle, writeFinish } from '#core/queue/shares'
import { nextTickets } from '#core/queue/tickets'
import type { RenderJob } from '#prisma/client'

/** Where a job that comes into a band waits. */
export interface Arrival {
  ticket: number
  startTag: number | null
}

/** Places for jobs that a user sends to a band now, in the order of their costs (in GPU seconds). */
export async function arrive(
  { policy, tx }: ArrivalLock,
  userId: string,
  band: Band,
  costs: readonly number[],
): Promise<Arrival[]> {
  if (policy === 'fifo')
    return (await nextTickets(tx, costs.length)).map((ticket) => ({ ticket, startTag: null }))
  await resetIfIdle(tx)
  return arriveByShare(tx, userId, band, costs)
}

/** The same under policy fair, in a line that is not empty. */
export async function arriveByShare(
  tx: LockedTx<'exclusive'>,
  userId: string,
  band: Band,
  costs: readonly number[],
): Promise<Arrival[]> {
  const { tags, finish } = tagsOf(await readShare(tx, userId, band), costs)
  await writeFinish(tx, userId, band, finish)
  const tickets = await ticketsByTag(tx, band, tags)
  return tags.map((startTag, index) => ({ startTag, ticket: tickets[index] }))
}

/**
 * Tickets for jobs with these ascending start tags, each behind all whose tag is not greater; with `first`
 * before those with the same tag. Where a gap is too narrow for its jobs, its neighbours make room.
 */
export async function ticketsByTag(
  tx: LockedTx<'exclusive'>,
  band: Band,
  tags: readonly number[],
  { first = false } = {},
): Promise<number[]> {
  const ends = await endsOf(tx, 'fair')
  const tickets: number[] = []
  let gaps = await gapsByTag(tx, band, tags, ends, { first })
  while (tickets.length < tags.length) {
    const gap = gaps[tickets.length]
    const group = tags.filter((_tag, index) => index >= tickets.length && gaps[index].before === gap.before)
    const fitted = fitTags(gap, group)
    if (fitted) tickets.push(...fitted)
    else {
      // Only those behind the tickets that were given already may make room.
      const behind = { ...ends, after: tickets.at(-1) ?? ends.after }
      tickets.push(...(await allocate(tx, band, gap, group.map(ticketOf), behind)))
      gaps = await gapsByTag(tx, band, tags, ends, { first })
    }
  }
  return tickets
}

/** What tells where a job belongs in the line. */
export type OrderKeys = Pick<
  RenderJob,
  'band' | 'ticket' | 'pinned' | 'startTag' | 'queuedAt' | 'batchId' | 'ordinal'
>

/**
 * The place of a job that comes back into the line: where it was. Under policy fair that is before those with
 * the same start tag, under fifo in the order of arrival; a moved job goes to its ticket, or if another one
 * has that meanwhile, right in front of it.
 */
export async function placeAgain(
  tx: LockedTx<'exclusive'>,
  job: OrderKeys,
): Promise<Place & { priority: number }> {
  const { band } = job
  const ticket = await ticketAgain(tx, job)
  return { band, ticket, priority: toPriority({ band, ticket }) }
}

async function ticketAgain(tx: LockedTx<'exclusive'>, job: OrderKeys): Promise<number> {
  const { band, startTag } = job
  if (startTag !== null) return (await ticketsByTag(tx, band, [startTag], { first: true }))[0]
  const policy = await readPolicy(tx)
  if (policy === 'fifo' && !job.pinned) return ticketByArrival(tx, band, job)
  const ends = await endsOf(tx, policy)
  return (await allocate(tx, band, await gapAround(tx, band, job.ticket, ends), [job.ticket], ends))[0]
}

/**
 * fifo: a ticket in a band for a job that arrived earlier than some that wait there: right before the first of
 * these, behind moved ones that stand there.
 */
export async function ticketByArrival(
  tx: LockedTx<'exclusive'>,
  band: Band,
  job: OrderKeys,
): Promise<number> {
  const [later] = await tx.$queryRaw<{ ticket: number }[]>`
    SELECT ticket FROM "RenderJob"
    WHERE state = 'queued' AND NOT pinned AND band = ${band}::"Band"
      AND ("queuedAt", "batchId", ordinal) > (${job.queuedAt}, ${job.batchId}::uuid, ${job.ordinal}::int)
    ORDER BY "queuedAt", "batchId", ordinal LIMIT 1`
  const ends = await endsOf(tx, 'fifo')
  const gap = await gapBeside(tx, band, later?.ticket ?? ends.before, 'front', ends)
  return (await allocate(tx, band, gap, [job.ticket], ends))[0]
}
