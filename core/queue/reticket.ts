import type { Tx } from '#core/db'
import { tagsOf, ticketOf } from '#core/queue/fair'
import { BANDS, type Band, FIRST_TICKET, TICKET_STEP, TICKETS, toPriority } from '#core/queue/ordering'
import { pinnedInto } from '#core/queue/pinned'
import { writePlaces, writeRows } from '#core/queue/places'
import { fitInto, spread } from '#core/queue/spacing'
import type { QueuePolicy } from '../../prisma/generated/enums.ts'

/*
 * New tickets for everything that waits or runs, by a policy's own rule. For callers who hold the line
 * 'exclusive'. What runs gets a place too, in case it comes back.
 */

interface Row {
  id: string
  bossJobId: string
  ownerId: string
  band: Band
  priority: number
  waiting: boolean
  pinned: boolean
  queuedAt: Date
  batchId: string
  ordinal: number
  costSeconds: number
  weight: number
}

/** Puts the line into the order of a policy, from the order that it is in now. */
export async function reticket(tx: Tx, policy: QueuePolicy): Promise<void> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT job.id::text, "bossJobId"::text, "ownerId"::text, band::text, priority, state = 'queued' AS waiting,
      pinned, "queuedAt", "batchId"::text, ordinal, "costSeconds", owner.weight
    FROM "RenderJob" AS job JOIN "User" AS owner ON owner.id = job."ownerId"
    WHERE state IN ('queued', 'running')
    ORDER BY priority DESC, "startedAt", job.id`
  await tx.userClock.deleteMany()
  await tx.bandClock.updateMany({ data: { virtualTime: 0 } })
  await tx.$executeRaw`
    UPDATE "RenderJob" SET "startTag" = NULL WHERE state IN ('queued', 'running') AND "startTag" IS NOT NULL`
  if (policy === 'fifo') await byArrival(tx, rows)
  else
    for (const band of BANDS)
      await byShare(
        tx,
        band,
        rows.filter((row) => row.band === band),
      )
}

/** fifo: in the order of arrival, one step apart over all bands, as if they had just been given out. */
async function byArrival(tx: Tx, rows: Row[]): Promise<void> {
  const arrived = rows.filter((row) => !row.pinned).sort(byArrivalTime)
  const order = pinnedInto(arrived, rows)
  const ticket = (turn: number) => FIRST_TICKET + turn * TICKET_STEP
  if (ticket(order.length) >= TICKETS) throw new Error(`${order.length} jobs are more than a line can hold`)
  await write(
    tx,
    order.map((row, turn) => ({ row, ticket: ticket(turn) })),
  )
  await tx.$executeRaw`SELECT setval('render_ticket', ${ticket(order.length)}, false)`
}

const byArrivalTime = (a: Row, b: Row): number =>
  +a.queuedAt - +b.queuedAt || a.batchId.localeCompare(b.batchId) || a.ordinal - b.ordinal

/** fair: each user's jobs of a band follow each other from virtual time 0, in the order in which they stand. */
async function byShare(tx: Tx, band: Band, rows: Row[]): Promise<void> {
  const counted = rows.filter((row) => row.waiting && !row.pinned)
  const tags = new Map<Row, number>()
  const finishes: { userId: string; band: Band; finish: number }[] = []
  for (const [userId, jobs] of Map.groupBy(counted, (row) => row.ownerId)) {
    const share = { virtualTime: 0, finish: 0, weight: jobs[0].weight }
    const chain = tagsOf(
      share,
      jobs.map((row) => row.costSeconds),
    )
    for (const [index, row] of jobs.entries()) tags.set(row, chain.tags[index])
    finishes.push({ userId, band, finish: chain.finish })
  }
  counted.sort((a, b) => tags.get(a)! - tags.get(b)!)
  // What runs now has no share to come back to: it goes first, as it was.
  const running = rows.filter((row) => !row.waiting)
  const order = [
    ...running,
    ...pinnedInto(
      counted,
      rows.filter((row) => row.waiting),
    ),
  ]
  const wishes = order.map((row) => ticketOf(tags.get(row) ?? 0))
  await tx.userClock.createMany({ data: finishes })
  await tx.$executeRaw`
    UPDATE "RenderJob" AS job SET "startTag" = new.tag
    FROM unnest(${[...tags.keys()].map((row) => row.id)}::uuid[], ${[...tags.values()]}::float8[]) AS new (id, tag)
    WHERE job.id = new.id`
  const room = { after: -1, before: TICKETS }
  const tickets = fitInto(room, wishes) ?? spread(room, order.length)
  if (!tickets) throw new Error(`${order.length} jobs are more than a band can hold`)
  await write(
    tx,
    order.map((row, turn) => ({ row, ticket: tickets[turn] })),
  )
}

async function write(tx: Tx, places: { row: Row; ticket: number }[]): Promise<void> {
  const [waiting, running] = [true, false].map((state) =>
    places
      .filter(({ row }) => row.waiting === state)
      .map(({ row, ticket }) => ({ ...row, priority: toPriority({ band: row.band, ticket }) })),
  )
  await writePlaces(tx, waiting)
  await writeRows(tx, running)
}
