import { writeAudit } from '#core/audit/mutations'
import { type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { type LockedTx, lockLine } from '#core/queue/line'
import { refund } from '#core/queue/shares'
import { recordTogether } from '#core/render-job/events'
import { applies } from '#core/render-job/state'
import { applicable, transition, type Where } from '#core/render-job/transition'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import type { RenderJob } from '#prisma/client'

export type CancelOutcome = 'cancelled' | 'cancelling' | 'already_ended' | 'not_found'

/** Cancels a waiting job at once, or asks the worker to stop a running one. */
export async function cancelJob(jobId: string, viewer: Viewer): Promise<CancelOutcome> {
  const outcomes = await transact((tx) => cancelSome(tx, [jobId], viewer))
  return outcomes.get(jobId)!
}

/** Jobs of one transaction, while which nobody takes the head of the line. */
const AT_ONCE = 500

/**
 * Cancels all waiting jobs that match, the last in line first, so that nobody moves up and only what was first in line
 * anyway can start meanwhile; with `running` also those that run, once nothing waits any more. Returns how many are cancelled and how many have to stop.
 */
export async function cancelAll(
  where: Where,
  viewer: Viewer,
  { running }: { running: boolean },
): Promise<{ cancelled: number; cancelling: number }> {
  const counts = { cancelled: 0, cancelling: 0, already_ended: 0, not_found: 0 }
  for (;;) {
    const outcomes = await transact(async (tx) => {
      await lockLine(tx, 'exclusive')
      const select = { id: true } as const
      const jobs = await tx.renderJob.findMany({
        where: { ...where, ...applicable('cancel') },
        orderBy: { priority: 'asc' },
        take: AT_ONCE,
        select,
      })
      const last = jobs.length < AT_ONCE
      if (last && running)
        jobs.push(
          ...(await tx.renderJob.findMany({ where: { ...where, ...applicable('ask_cancel') }, select })),
        )
      const ids = jobs.map(({ id }) => id)
      return { last, each: [...(await cancelSome(tx, ids, viewer)).values()] }
    })
    for (const outcome of outcomes.each) counts[outcome] += 1
    if (outcomes.last) return { cancelled: counts.cancelled, cancelling: counts.cancelling }
  }
}

/**
 * Cancels some jobs as part of a transaction, and says of each what came of it. With `audited` the audit says it
 * already, of all together.
 */
export async function cancelSome(
  tx: Tx,
  ids: readonly string[],
  viewer: Viewer,
  { audited = false } = {},
): Promise<Map<string, CancelOutcome>> {
  const locked = await lockLine(tx, 'exclusive')
  // While the line is locked no job starts, comes back or moves, so those that wait here still wait below.
  const jobs = await tx.renderJob.findMany({ where: { id: { in: [...ids] }, ...ownedBy(viewer) } })
  const waiting = jobs.filter((job) => applies('cancel', job.state))
  await takeOut(locked, waiting)
  const asked = await askToStop(
    tx,
    jobs.filter((job) => applies('ask_cancel', job.state) && !job.cancelRequestedAt),
  )
  await recordTogether(tx, waiting, 'cancelled', viewer.id)
  await recordTogether(tx, asked, 'cancel_requested', viewer.id)
  const foreign = [...waiting, ...asked].filter((job) => job.ownerId !== viewer.id)
  const note = { actorId: viewer.id, action: 'job.cancel' as const }
  if (!audited) await writeAudit(tx, ...foreign.map((job) => ({ ...note, subjectId: job.id })))
  const outcomes = new Map<string, CancelOutcome>(ids.map((id) => [id, 'not_found']))
  for (const { id, cancelRequestedAt } of jobs)
    outcomes.set(id, cancelRequestedAt ? 'cancelling' : 'already_ended')
  for (const { id } of waiting) outcomes.set(id, 'cancelled')
  for (const { id } of asked) outcomes.set(id, 'cancelling')
  return outcomes
}

async function takeOut(tx: LockedTx<'exclusive'>, waiting: readonly RenderJob[]): Promise<void> {
  if (waiting.length === 0) return
  const entries = waiting.map((job) => job.bossJobId)
  await (await boss()).deleteJob(RENDER_QUEUE, entries, within(tx))
  const ids = waiting.map(({ id }) => id)
  await transition(tx, 'cancel', { id: { in: ids } }, { finishedAt: new Date(), notBefore: null })
  for (const jobs of Map.groupBy(waiting, (job) => `${job.ownerId} ${job.band}`).values())
    await refund(tx, jobs)
}

/** Returns those that still ran, and were not asked by somebody else meanwhile. */
async function askToStop(tx: Tx, running: readonly RenderJob[]): Promise<RenderJob[]> {
  if (running.length === 0) return []
  const where = { id: { in: running.map(({ id }) => id) }, cancelRequestedAt: null }
  const asked = await transition(tx, 'ask_cancel', where, { cancelRequestedAt: new Date() })
  await announce(tx, ...asked.map((job) => ({ kind: 'cancel' as const, jobId: job.id })))
  return asked
}
