import type { Tx } from '#core/db'
import { announce } from '#core/events/events'
import { newId } from '#core/ids'
import { checkAdmission, type Refusal } from '#core/limits/limits'
import { arrive } from '#core/queue/arrivals'
import { enterLineTogether } from '#core/queue/entry'
import { type ArrivalLock, lockForArrivals, lockLine } from '#core/queue/line'
import { type Band, toPriority } from '#core/queue/ordering'
import { headOfLine } from '#core/queue/tickets'
import { takeOut } from '#core/render-job/actions/cancellation'
import { moveTo } from '#core/render-job/actions/move'
import { AS_NEW, bandForAgain } from '#core/render-job/actions/requests'
import { recordTogether } from '#core/render-job/events'
import { lockActiveUser } from '#core/viewer/lock-user'
import type { Viewer } from '#core/viewer/viewer'
import { readRivals } from '#core/worker/engines'
import type { RenderJob } from '#prisma/client'

/*
 * What requests.ts and moves.ts do to one job, done to some hundred in one transaction. Jobs that moved on since
 * they were selected are passed over; each function returns how many it touched.
 */

/** Cancels waiting jobs at once, and asks the workers to stop running ones. */
export async function cancelSome(tx: Tx, ids: readonly string[], viewer: Viewer): Promise<number> {
  const locked = await lockLine(tx, 'exclusive')
  // While the line is locked nobody takes or moves a waiting job, so those seen here are still there below.
  const waiting = await tx.renderJob.findMany({ where: { id: { in: [...ids] }, state: 'queued' } })
  await takeOut(locked, waiting, viewer)
  const running = await tx.renderJob.updateManyAndReturn({
    where: { id: { in: [...ids] }, state: 'running', cancelRequestedAt: null },
    data: { cancelRequestedAt: new Date() },
  })
  for (const job of running) await announce(tx, { kind: 'cancel', jobId: job.id })
  await recordTogether(tx, running, 'cancel_requested', viewer.id)
  return waiting.length + running.length
}

/**
 * Puts failed and cancelled jobs back into the line, in this order. A member is held to the limits, for all that
 * are `left` together, so that a refusal comes before the first of them.
 */
export async function resubmitSome(
  tx: Tx,
  ids: readonly string[],
  viewer: Viewer,
  { band, left }: { band?: Band; left: number },
): Promise<number | Refusal> {
  const found = await tx.renderJob.findMany({ where: { id: { in: [...ids] } } })
  const active = new Set<string>()
  for (const ownerId of [...new Set(found.map((job) => job.ownerId))].sort())
    if (await lockActiveUser(tx, ownerId)) active.add(ownerId)
  const seconds = found.reduce((sum, job) => sum + job.costSeconds, 0) * (left / Math.max(1, found.length))
  const refusal = viewer.role === 'admin' ? null : await checkAdmission(tx, viewer.id, left, seconds)
  if (refusal) return refusal
  const line = await lockForArrivals(tx)
  const again = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM "RenderJob"
    WHERE id = ANY(${[...ids]}::uuid[]) AND state IN ('failed', 'cancelled') AND "deletedAt" IS NULL
    ORDER BY id FOR UPDATE`
  const held = new Set(again.map(({ id }) => id))
  const byId = new Map(found.map((job) => [job.id, job]))
  const jobs = ids.flatMap((id) => {
    const job = byId.get(id)
    return job && held.has(id) && active.has(job.ownerId) ? [job] : []
  })
  const entered = await enterAgain(line, jobs, viewer, band)
  await enterLineTogether(line.tx, entered)
  await recordTogether(tx, entered, 'resubmitted', viewer.id, (job) => ({ band: job.band }))
  return entered.length
}

/** Gives jobs new places at the ends of their bands; neighbours of one owner and band arrive together. */
async function enterAgain(
  line: ArrivalLock,
  jobs: RenderJob[],
  viewer: Viewer,
  band?: Band,
): Promise<RenderJob[]> {
  const entered: RenderJob[] = []
  for (let from = 0; from < jobs.length; ) {
    const { ownerId } = jobs[from]
    const chosen = bandForAgain(jobs[from], viewer, band)
    const alike = (job: RenderJob) => job.ownerId === ownerId && bandForAgain(job, viewer, band) === chosen
    const end = jobs.findIndex((job, index) => index > from && !alike(job))
    const group = jobs.slice(from, end < 0 ? jobs.length : end)
    const costs = group.map((job) => job.costSeconds)
    const now = new Date()
    for (const [index, arrival] of (await arrive(line, ownerId, chosen, costs)).entries()) {
      const place = { band: chosen, ...arrival }
      const data = {
        ...place,
        priority: toPriority(place),
        bossJobId: newId(),
        queuedAt: now,
        bandSince: now,
      }
      entered.push(
        await line.tx.renderJob.update({ where: { id: group[index].id }, data: { ...AS_NEW, ...data } }),
      )
    }
    from += group.length
  }
  return entered
}

/** Moves waiting jobs, in this order, to another band or each to the front. */
export async function moveSome(
  tx: Tx,
  ids: readonly string[],
  viewer: Viewer,
  action: { kind: 'band'; band: Band } | { kind: 'front' },
): Promise<number> {
  const locked = await lockLine(tx, 'exclusive')
  const by = { id: viewer.id, audited: true }
  const rivalsOf = await readRivals(tx)
  let moved = 0
  for (const id of ids) {
    const job = await tx.renderJob.findUniqueOrThrow({ where: { id } })
    const other = action.kind === 'front' ? await headOfLine(locked) : null
    if (job.state !== 'queued' || other?.id === id) continue
    if (action.kind === 'band' ? job.band === action.band : other === null) continue
    const target =
      action.kind === 'band'
        ? ({ action: 'job.band', band: action.band } as const)
        : ({ action: 'job.front', other: other!, side: 'front' } as const)
    if ((await moveTo(locked, job, target, by, rivalsOf)) === 'moved') moved++
  }
  return moved
}
