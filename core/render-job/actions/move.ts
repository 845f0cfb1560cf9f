import { writeAudit } from '#core/audit/mutations'
import { type Tx, transact } from '#core/db'
import { watchForecast } from '#core/forecast/recorded-forecast'
import { arriveByShare, ticketByArrival } from '#core/queue/arrivals'
import { writeBossPriorities } from '#core/queue/boss-table'
import { type LockedTx, lockLine, readPolicy } from '#core/queue/line'
import { type Band, fromPriority, mayChoose, TICKET_STEP, toPriority } from '#core/queue/ordering'
import { allocate, endsOf, gapBeside } from '#core/queue/places'
import { jobsAheadOfEach } from '#core/queue/position'
import { refund } from '#core/queue/shares'
import { type Gap, middle } from '#core/queue/spacing'
import { headOfLine } from '#core/queue/tickets'
import { recordChange } from '#core/render-job/events'
import { applies } from '#core/render-job/state'
import { transition } from '#core/render-job/transition'
import { atLeast, type Viewer } from '#core/viewer/viewer'
import { readRivals } from '#core/worker/engines'
import type { RivalsOf } from '#core/worker/rivals'
import type { RenderJob } from '#prisma/client'
import type { QueuePolicy } from '#prisma/enums'

/** Where a waiting job shall go: to another band, to the head of the line, or next to another waiting job. */
export type Move = { band: Band } | { front: true } | { before: string } | { after: string }

export type MoveOutcome =
  | 'moved'
  | 'unchanged'
  | 'not_waiting'
  | 'other_not_waiting'
  | 'forbidden'
  | 'not_found'

/**
 * Moves a waiting job. Members may move their own between the bands normal and low; admins may do all. In its
 * new band a job takes its turn by the policy's rule; at the front and next to another job it is pinned: it
 * keeps that place, and under policy fair costs its owner no share. The reason goes to the audit and to the
 * job's own log.
 */
export async function moveJob(
  jobId: string,
  viewer: Viewer,
  move: Move,
  reason?: string,
): Promise<MoveOutcome> {
  const noteForecast = await watchForecast(jobId)
  const outcomes = await transact((tx) => moveSome(tx, [jobId], viewer, move, { reason }))
  const outcome = outcomes.get(jobId)!
  if (outcome === 'moved') await noteForecast()
  return outcome
}

/** Moves some jobs, in this order, as part of a transaction, and says of each what came of it. */
export async function moveSome(
  tx: Tx,
  ids: readonly string[],
  viewer: Viewer,
  move: Move,
  how: { reason?: string; audited?: boolean } = {},
): Promise<Map<string, MoveOutcome>> {
  // Before the line is locked, so that nobody waits for it.
  const rivalsOf = await readRivals(tx)
  const locked = await lockLine(tx, 'exclusive')
  const outcomes = new Map<string, MoveOutcome>()
  for (const id of ids) outcomes.set(id, await moveOne(locked, id, viewer, move, how, rivalsOf))
  return outcomes
}

async function moveOne(
  tx: LockedTx<'exclusive'>,
  id: string,
  viewer: Viewer,
  move: Move,
  how: { reason?: string; audited?: boolean },
  rivalsOf: RivalsOf,
): Promise<MoveOutcome> {
  const { job, other } = await readBoth(tx, id, move)
  if (!job || (!atLeast(viewer.role, 'operator') && job.ownerId !== viewer.id)) return 'not_found'
  if (!mayMove(viewer, job, move)) return 'forbidden'
  if (!applies('move', job.state)) return 'not_waiting'
  const target = await targetOf(tx, job, other, move)
  if (typeof target === 'string') return target
  return moveTo(tx, job, target, { id: viewer.id, ...how }, rivalsOf)
}

/** The job that moves, and the one beside which it goes where the move names one. */
async function readBoth(tx: Tx, jobId: string, move: Move) {
  const otherId = 'before' in move ? move.before : 'after' in move ? move.after : jobId
  const jobs = await tx.renderJob.findMany({ where: { id: { in: [jobId, otherId] } } })
  return { job: jobs.find(({ id }) => id === jobId), other: jobs.find(({ id }) => id === otherId) }
}

/** Whether somebody may move this job there: members choose among their bands, admins among all places. */
export const mayMove = (viewer: Viewer, job: { band: Band }, move: Move): boolean =>
  atLeast(viewer.role, 'operator') ||
  ('band' in move && mayChoose(viewer.role, move.band) && mayChoose(viewer.role, job.band))

/** A place to go to: a band, or right beside another waiting job. */
type Target = { action: 'job.band'; band: Band } | Beside
type Beside = {
  action: 'job.front' | 'job.before' | 'job.after'
  /** The job beside which it goes, and where that stands. */
  other: { id: string; priority: number }
  side: 'front' | 'behind'
}

async function targetOf(
  tx: LockedTx<'exclusive'>,
  job: RenderJob,
  other: RenderJob | undefined,
  move: Move,
): Promise<Target | 'unchanged' | 'other_not_waiting'> {
  if ('band' in move) return move.band === job.band ? 'unchanged' : { action: 'job.band', band: move.band }
  if ('before' in move) return besideWaiting(job, other, { action: 'job.before', side: 'front' })
  if ('after' in move) return besideWaiting(job, other, { action: 'job.after', side: 'behind' })
  const head = await headOfLine(tx)
  if (!head || head.id === job.id) return 'unchanged'
  return { action: 'job.front', other: head, side: 'front' }
}

function besideWaiting(
  job: RenderJob,
  other: RenderJob | undefined,
  how: Omit<Beside, 'other'>,
): Target | 'unchanged' | 'other_not_waiting' {
  if (other?.id === job.id) return 'unchanged'
  return other && applies('move', other.state) ? { ...how, other } : 'other_not_waiting'
}

/** A place in the line as it is told. */
type Standing = { band: Band; ticket: number; position: number }

/** Who moves a job, and why; a null id stands for the portal itself. */
export interface Mover {
  id: string | null
  reason?: string
  /** The audit says it already, of many at once. */
  audited?: boolean
}

/** Moves a waiting job that was read under the same lock, for callers who know who waits for whom. */
export async function moveTo(
  tx: LockedTx<'exclusive'>,
  job: RenderJob,
  target: Target,
  by: Mover,
  rivalsOf: RivalsOf,
): Promise<MoveOutcome> {
  const policy = await readPolicy(tx)
  const place = await placeFor(tx, job, target, policy)
  if (!place) return 'unchanged'
  const priority = toPriority(place)
  // Spreading out tickets may have given the job itself another one; its position is the same.
  const now = await readPlace(tx, job.id)
  const ahead = await jobsAheadOfEach([now.priority, priority], tx, rivalsOf(job.engine))
  await writeBossPriorities(tx, [{ bossJobId: job.bossJobId, priority }])
  const waiting = { id: job.id, bossJobId: job.bossJobId }
  const [moved] = await transition(tx, 'move', waiting, {
    ...place,
    priority,
    pinned: target.action !== 'job.band',
    ...(place.band === job.band ? {} : { bandSince: new Date() }),
  })
  if (!moved) throw new Error(`job ${job.id} left the line while that was locked`)
  await report(tx, job, target.action, by, {
    from: { band: job.band, ticket: job.ticket, position: ahead.get(now.priority)! + 1 },
    // Moved back, the job itself was counted among those ahead of its new place.
    to: {
      ...{ band: place.band, ticket: place.ticket },
      position: ahead.get(priority)! + (priority > now.priority ? 1 : 0),
    },
  })
  return 'moved'
}

/**
 * Finds the place, making room where there is none. Null where the job stands there already. Under policy fair
 * its owner's later jobs move up first, as the place may be beside one of them.
 */
async function placeFor(
  tx: LockedTx<'exclusive'>,
  job: RenderJob,
  target: Target,
  policy: QueuePolicy,
): Promise<{ band: Band; ticket: number; startTag: number | null } | null> {
  if (target.action === 'job.band') {
    const { band } = target
    await refund(tx, [job])
    if (policy === 'fifo') return { band, ticket: await ticketByArrival(tx, band, job), startTag: null }
    const [arrival] = await arriveByShare(tx, job.ownerId, band, [job.costSeconds])
    return { band, ...arrival }
  }
  const ends = await endsOf(tx, policy)
  const seen = await gapAt(tx, target, target.other, ends)
  if (job.band === seen.band && (job.ticket === seen.gap.after || job.ticket === seen.gap.before)) return null
  await refund(tx, [job])
  const { band, gap } =
    job.startTag === null ? seen : await gapAt(tx, target, await readPlace(tx, target.other.id), ends)
  const wish = target.action === 'job.front' ? await frontTicket(tx, band, gap.before) : middle(gap)
  return { band, ticket: (await allocate(tx, band, gap, [wish], ends))[0], startTag: null }
}

async function gapAt(
  tx: LockedTx<'exclusive'>,
  { side }: Beside,
  { priority }: { priority: number },
  ends: Gap,
) {
  const { band, ticket } = fromPriority(priority)
  return { band, gap: await gapBeside(tx, band, ticket, side, ends) }
}

const readPlace = (tx: Tx, id: string): Promise<{ priority: number }> =>
  tx.renderJob.findUniqueOrThrow({ where: { id }, select: { priority: true } })

/** In front of the head, and of what runs and may come back. */
async function frontTicket(tx: Tx, band: Band, head: number): Promise<number> {
  const running = await tx.renderJob.aggregate({ where: { state: 'running', band }, _min: { ticket: true } })
  return Math.min(head, running._min.ticket ?? head) - TICKET_STEP
}

async function report(
  tx: Tx,
  job: RenderJob,
  action: Target['action'],
  by: Mover,
  change: { from: Standing; to: Standing },
): Promise<void> {
  const { from, to } = change
  const data = {
    from: { band: from.band, ticket: from.ticket },
    to: { band: to.band, ticket: to.ticket },
    ...{ fromPosition: from.position, toPosition: to.position },
    ...(by.reason ? { reason: by.reason } : {}),
  }
  await recordChange(tx, job, 'moved', data, by.id ?? undefined)
  if (!by.id || by.audited) return
  await writeAudit(tx, { actorId: by.id, action, subjectId: job.id, reason: by.reason, ...change })
}
