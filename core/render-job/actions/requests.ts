import { writeAudit } from '#core/audit/mutations'
import { db, Superseded, transact } from '#core/db'
import { announce } from '#core/events/events'
import { recordForecast } from '#core/forecast/recorded-forecast'
import { checkAdmission, type Refusal } from '#core/limits/limits'
import { arrive } from '#core/queue/arrivals'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { enterLine } from '#core/queue/entry'
import { lockForArrivals, lockLine } from '#core/queue/line'
import { type Band, toPriority } from '#core/queue/ordering'
import { refund } from '#core/queue/shares'
import { recordChange } from '#core/render-job/events'
import { isEnded } from '#core/render-job/state'
import { lockActiveUser } from '#core/viewer/lock-user'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import { Prisma } from '#prisma/client'

/*
 * What people ask of a job, except for its place in the line: that is moves.ts. Where pg-boss's row changes
 * too, it is locked before ours, the order in which a claim takes them, so that the two cannot deadlock.
 */

export type CancelOutcome = 'cancelled' | 'cancelling' | 'already_ended' | 'not_found'

/** Cancels a waiting job at once, or asks the worker to stop a running one. */
export async function cancelJob(jobId: string, viewer: Viewer): Promise<CancelOutcome> {
  for (;;) {
    const outcome = await cancelOnce(jobId, viewer)
    if (outcome !== 'moved_on') return outcome
  }
}

async function cancelOnce(jobId: string, viewer: Viewer): Promise<CancelOutcome | 'moved_on'> {
  const job = await db().renderJob.findFirst({ where: { id: jobId, ...ownedBy(viewer) } })
  if (!job) return 'not_found'
  if (isEnded(job.state)) return 'already_ended'
  if (job.state === 'running' && job.cancelRequestedAt) return 'cancelling'
  return transact<CancelOutcome | 'moved_on'>(async (tx) => {
    const waiting = job.state === 'queued'
    const locked = waiting ? await lockLine(tx, 'exclusive') : null
    if (waiting) await (await boss()).deleteJob(RENDER_QUEUE, job.bossJobId, within(tx))
    const now = new Date()
    const [cancelled] = await tx.renderJob.updateManyAndReturn({
      where: { id: job.id, state: job.state, claimToken: job.claimToken, bossJobId: job.bossJobId },
      data: waiting ? { state: 'cancelled', finishedAt: now, notBefore: null } : { cancelRequestedAt: now },
    })
    if (!cancelled) throw new Superseded('moved_on')
    if (locked) await refund(locked, [cancelled])
    await recordChange(tx, job, waiting ? 'cancelled' : 'cancel_requested', {}, viewer.id)
    if (!waiting) await announce(tx, { kind: 'cancel', jobId: job.id })
    if (job.ownerId !== viewer.id)
      await writeAudit(tx, { actorId: viewer.id, action: 'job.cancel', subjectId: job.id })
    return waiting ? 'cancelled' : 'cancelling'
  })
}

export type ResubmitOutcome = 'queued' | 'not_ended' | 'succeeded' | 'not_found' | 'owner_disabled' | Refusal

/**
 * failed or cancelled -> queued, at the end of its band. An admin may give it another band, and is not held to the
 * limits; a member's keeps its own, though never one above normal.
 */
export async function resubmitJob(jobId: string, viewer: Viewer, band?: Band): Promise<ResubmitOutcome> {
  const job = await db().renderJob.findFirst({ where: { id: jobId, deletedAt: null, ...ownedBy(viewer) } })
  if (!job) return 'not_found'
  if (job.state === 'succeeded') return 'succeeded'
  if (!isEnded(job.state)) return 'not_ended'
  const outcome = await transact<ResubmitOutcome>(async (tx) => {
    if (!(await lockActiveUser(tx, job.ownerId))) return 'owner_disabled'
    const refusal = viewer.role === 'admin' ? null : await checkAdmission(tx, job.ownerId, 1, job.costSeconds)
    if (refusal) return refusal
    const chosen = bandForAgain(job, viewer, band)
    const line = await lockForArrivals(tx)
    const [arrival] = await arrive(line, job.ownerId, chosen, [job.costSeconds])
    const place = { band: chosen, ...arrival }
    const now = new Date()
    const { count } = await tx.renderJob.updateMany({
      where: { id: job.id, state: job.state, bossJobId: job.bossJobId, deletedAt: null },
      data: { ...AS_NEW, ...place, priority: toPriority(place), queuedAt: now, bandSince: now },
    })
    if (count === 0) throw new Superseded('not_ended')
    await enterLine(line.tx, { ...job, priority: toPriority(place) })
    await recordChange(tx, job, 'resubmitted', { band: place.band }, viewer.id)
    if (job.ownerId !== viewer.id || place.band !== job.band) {
      await writeAudit(tx, {
        actorId: viewer.id,
        action: 'job.resubmit',
        subjectId: job.id,
        data: { band: place.band },
      })
    }
    return 'queued'
  })
  if (outcome === 'queued') await recordForecast([jobId])
  return outcome
}

/** The band of a resubmitted job: an admin's choice or its own; a member's is never above normal. */
export function bandForAgain(job: { band: Band }, viewer: Viewer, wished?: Band): Band {
  if (viewer.role === 'admin') return wished ?? job.band
  return job.band === 'low' ? 'low' : 'normal'
}

/** A job as it was when it was first sent. */
export const AS_NEW = {
  state: 'queued',
  attempt: 0,
  losses: 0,
  claimToken: null,
  workerId: null,
  heartbeatAt: null,
  cancelRequestedAt: null,
  stage: null,
  fraction: 0,
  framesDone: 0,
  fps: null,
  errorCode: null,
  errorMessage: null,
  errorParams: Prisma.DbNull,
  notBefore: null,
  startedAt: null,
  finishedAt: null,
  pinned: false,
  renderSeconds: null,
  forecastAt: null,
  forecastP50At: null,
  forecastP90At: null,
  simulatedP50At: null,
  simulatedP90At: null,
} as const
