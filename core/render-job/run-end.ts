import { databaseNow } from '#core/clock'
import { Superseded, type Tx, transact } from '#core/db'
import { countRun } from '#core/limits/day-use'
import { placeAgain } from '#core/queue/arrivals'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { enterLine } from '#core/queue/entry'
import { lockLine } from '#core/queue/line'
import { chargeActual } from '#core/queue/shares'
import { recordChange } from '#core/render-job/events'
import { TRANSITIONS } from '#core/render-job/state'
import { type Claim, type Columns, heldBy, transition, type Where } from '#core/render-job/transition'
import type { Prisma, RenderJob } from '#prisma/client'

/* How a job's run on a slot ends: with the job's own end, or back in the line. */

/** A running job's columns as at the start of a run. */
export const FRESH_PROGRESS = { stage: null, fraction: 0, framesDone: 0, fps: null } as const
const FREED = {
  claimToken: null,
  workerId: null,
  heartbeatAt: null,
  startedAt: null,
  ...FRESH_PROGRESS,
} as const

const RUN = { startTag: true, startedAt: true, renderSeconds: true } as const

/** GPU seconds that a running job has taken so far, its earlier runs included. */
const secondsTaken = (job: Pick<RenderJob, 'startedAt' | 'renderSeconds'>, now: Date): number =>
  (job.renderSeconds ?? 0) + (job.startedAt ? Math.max(0, now.getTime() - job.startedAt.getTime()) / 1000 : 0)

/**
 * running -> an ended state: the row, pg-boss's job, the log and the news in one transaction. False when the claim
 * no longer holds, or the job is no longer as `seen`.
 */
export function end(
  claim: Claim,
  name: 'succeed' | 'fail' | 'confirm_cancel',
  facts: Prisma.InputJsonObject,
  columns: Columns,
  seen: Where = {},
): Promise<boolean> {
  const state = TRANSITIONS[name].to
  return transact(async (tx) => {
    const run = await tx.renderJob.findFirst({ where: heldBy(claim), select: RUN })
    // Its owner's other jobs move by the difference to what was predicted.
    const locked = run?.startTag != null ? await lockLine(tx, 'exclusive') : null
    const now = await databaseNow(tx)
    const renderSeconds = run && secondsTaken(run, now)
    const freed = { claimToken: null, finishedAt: now, cancelRequestedAt: null, renderSeconds }
    const [job] = await transition(tx, name, { ...heldBy(claim), ...seen }, { ...columns, ...freed })
    if (!job) return false
    await endRun(tx, job, { state })
    if (locked) await chargeActual(locked, job)
    await recordChange(tx, job, state, facts)
    await countRun(tx, job, now)
    return true
  })
}

const EVENTS = { retry: 'retrying', release: 'released', lose: 'lost' } as const

/**
 * running -> queued at its old place, under a new pg-boss job; the old one is done with. Where somebody
 * has asked to cancel it, the job is cancelled instead, and never waits again.
 */
export async function requeue(
  claim: Claim,
  name: 'retry' | 'release' | 'lose',
  facts: Prisma.InputJsonObject,
  columns: Columns,
  seen: Where = {},
): Promise<boolean> {
  const where = { ...heldBy(claim), ...seen }
  const requeued = await transact(async (tx) => {
    const locked = await lockLine(tx, 'exclusive')
    const run = await tx.renderJob.findFirst({ where })
    if (!run) return false
    const place = await placeAgain(locked, run)
    const now = await databaseNow(tx)
    const freed = { ...FREED, ...columns, ...place, renderSeconds: secondsTaken(run, now) }
    const [job] = await transition(tx, name, { ...where, cancelRequestedAt: null }, freed)
    // The rollback gives the neighbours their tickets back.
    if (!job) throw new Superseded(false)
    await endRun(tx, job, { requeued: true })
    await enterLine(locked, job, job.notBefore ?? undefined)
    await recordChange(tx, job, EVENTS[name], facts)
    await countRun(tx, run, now)
    return true
  })
  return requeued || end(claim, 'confirm_cancel', {}, {}, { ...seen, cancelRequestedAt: { not: null } })
}

/** pg-boss's job is done with, and the slot has none. */
async function endRun(tx: Tx, job: RenderJob, output: { state: string } | { requeued: true }): Promise<void> {
  await (await boss()).complete(RENDER_QUEUE, job.bossJobId, output, within(tx))
  await tx.worker.updateMany({ where: { currentJobId: job.id }, data: { currentJobId: null } })
}
