import { databaseNow } from '#core/clock'
import { db, type Tx, transact } from '#core/db'
import type { EngineName } from '#core/engine/options'
import { announce } from '#core/events/events'
import { newId } from '#core/ids'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { isPaused } from '#core/queue/control'
import { lockLine } from '#core/queue/line'
import { advance } from '#core/queue/shares'
import type { Failure } from '#core/render-job/error-codes'
import { recordChange, recordEvent } from '#core/render-job/events'
import type { LearningReport } from '#core/render-job/learning-report'
import { end, FRESH_PROGRESS, requeue } from '#core/render-job/run-end'
import { backoffSeconds, MAX_ATTEMPTS, MAX_LOSSES } from '#core/render-job/state'
import { type Claim, heldBy, transition } from '#core/render-job/transition'
import { isDraining } from '#core/worker/drain'
import { Prisma, type RenderJob } from '#prisma/client'

export type ClaimedJob = Claim & Prisma.RenderJobGetPayload<{ include: typeof CLAIM_INCLUDE }>

const CLAIM_INCLUDE = { presenter: true, batch: { include: { speech: true } } } as const

export interface RenderedResult {
  key: string
  thumbKey: string | null
  bytes: number
  frames: number
  fps: number
  width: number
  height: number
  durationMs: number
  /** For the job's log: see core/render-job/learning-report.ts. */
  adaptation?: LearningReport
}

/**
 * Takes for a worker the first job in line whose engine is not among those it lacks: pg-boss's fetch and the
 * guarded claim of the row are one transaction, so a crash between them is impossible. Null when nothing is due,
 * the queue is paused or the worker is draining.
 */
export async function claimNext(
  workerId: string,
  lacks: readonly EngineName[] = [],
): Promise<ClaimedJob | null> {
  for (;;) {
    const taken = await transact<ClaimedJob | 'stale' | null>((tx) => claimHead(tx, workerId, lacks))
    if (taken !== 'stale') return taken
  }
}

async function claimHead(
  tx: Tx,
  workerId: string,
  lacks: readonly EngineName[],
): Promise<ClaimedJob | 'stale' | null> {
  if (await isPaused(tx)) return null
  const locked = await lockLine(tx, 'shared')
  if (await isDraining(tx, workerId)) return null
  const able = { ...within(tx), ignoreGroups: [...lacks] }
  const [head] = await (await boss()).fetch<{ jobId: string }>(RENDER_QUEUE, able)
  if (!head) return null
  const claimToken = newId()
  const now = await databaseNow(tx)
  const waiting = { id: head.data.jobId, bossJobId: head.id }
  const [claimed] = await transition(tx, 'claim', waiting, {
    attempt: { increment: 1 },
    claimToken,
    workerId,
    heartbeatAt: now,
    startedAt: now,
    notBefore: null,
    ...FRESH_PROGRESS,
  })
  if (!claimed) {
    await (await boss()).complete(RENDER_QUEUE, head.id, { stale: true }, within(tx))
    return 'stale'
  }
  const job = await tx.renderJob.findUniqueOrThrow({ where: { id: claimed.id }, include: CLAIM_INCLUDE })
  await tx.worker.updateMany({ where: { id: workerId }, data: { currentJobId: job.id } })
  await recordChange(tx, job, 'claimed', { attempt: job.attempt, workerId })
  await advance(locked, job)
  return { ...job, jobId: job.id, claimToken }
}

/**
 * Says that the claim's worker is alive. 'fenced' means the job is no longer this worker's: stop at once.
 * 'cancel' means somebody asked for it to stop.
 */
export async function heartbeat(claim: Claim): Promise<'ok' | 'cancel' | 'fenced'> {
  const [row] = await transition(db(), 'beat', heldBy(claim), { heartbeatAt: await databaseNow() })
  if (!row) return 'fenced'
  return row.cancelRequestedAt ? 'cancel' : 'ok'
}

/** How far a running job is; a new stage also becomes a line of its log. Returns false when fenced. */
export function reportProgress(
  claim: Claim,
  progress: {
    device: string
    stage: string
    fraction: number
    framesDone: number
    frames: number | null
    fps: number | null
  },
): Promise<boolean> {
  return transact(async (tx) => {
    const before = await tx.renderJob.findFirst({ where: heldBy(claim), select: { stage: true } })
    const { stage, fraction, framesDone, fps } = progress
    const heartbeatAt = await databaseNow(tx)
    const progressed = { stage, fraction, framesDone, fps, heartbeatAt }
    const [job] = await transition(tx, 'beat', heldBy(claim), progressed)
    if (!job) return false
    if (before?.stage !== stage) await recordEvent(tx, job, 'stage', { stage })
    await announce(tx, {
      kind: 'progress',
      ownerId: job.ownerId,
      batchId: job.batchId,
      jobId: job.id,
      ...progress,
    })
    return true
  })
}

/** running -> succeeded, with the result that is already in storage. */
export function succeed(claim: Claim, result: RenderedResult): Promise<boolean> {
  const { frames, bytes, adaptation } = result
  return end(
    claim,
    'succeed',
    { frames, bytes, ...(adaptation !== undefined && { adaptation }) },
    {
      fraction: 1,
      resultKey: result.key,
      resultThumbKey: result.thumbKey,
      resultBytes: BigInt(bytes),
      resultFrames: frames,
      resultFps: result.fps,
      resultWidth: result.width,
      resultHeight: result.height,
      resultDurationMs: result.durationMs,
      errorCode: null,
      errorMessage: null,
      errorParams: Prisma.DbNull,
    },
  )
}

/** running -> failed: an error that would come again. */
export function fail(claim: Claim, failure: Failure): Promise<boolean> {
  return end(claim, 'fail', factsOf(failure), errorColumns(failure))
}

/** running -> cancelled: the engine saw the abort. */
export function confirmCancelled(claim: Claim): Promise<boolean> {
  return end(claim, 'confirm_cancel', {}, {})
}

/**
 * running -> queued after a transient error, with backoff and the same place; failed once the attempts are
 * spent, cancelled if somebody asked for that meanwhile.
 */
export async function retryLater(claim: Claim, attempt: number, failure: Failure): Promise<boolean> {
  if (attempt >= MAX_ATTEMPTS) return fail(claim, failure)
  const seconds = backoffSeconds(attempt)
  const notBefore = new Date((await databaseNow()).getTime() + seconds * 1000)
  const columns = { notBefore, ...errorColumns(failure) }
  return requeue(claim, 'retry', { ...factsOf(failure), seconds }, columns)
}

/**
 * running -> queued because the worker stops or a higher band needs the slot: same place, the attempt not
 * spent. Cancelled if somebody asked for that meanwhile.
 */
export function release(claim: Claim, reason: 'shutdown' | 'preempted'): Promise<boolean> {
  return requeue(claim, 'release', { reason }, { attempt: { decrement: 1 } })
}

/**
 * running -> queued for every job whose worker vanished: those of `workerIds` (known dead), and those whose
 * last heartbeat is older than `silentMs`, except this worker's own. After MAX_LOSSES losses a job fails
 * `worker_lost`, so that one that kills its worker cannot hold up the others. A pending cancel is honoured instead.
 * Returns the claims that ended, so that what they left in storage can be removed.
 */
export async function recoverLost(
  where: { silentMs: number; exceptWorkerId: string } | { workerIds: string[] },
): Promise<Claim[]> {
  const lost = await db().renderJob.findMany({
    where: {
      state: 'running',
      ...('silentMs' in where
        ? {
            heartbeatAt: { lt: new Date((await databaseNow()).getTime() - where.silentMs) },
            workerId: { not: where.exceptWorkerId },
          }
        : { workerId: { in: where.workerIds } }),
    },
  })
  const ended: Claim[] = []
  for (const job of lost) {
    if (job.claimToken && (await recoverOne(job))) ended.push({ jobId: job.id, claimToken: job.claimToken })
  }
  return ended
}

async function recoverOne(job: RenderJob): Promise<boolean> {
  if (!job.claimToken) return false
  const claim = { jobId: job.id, claimToken: job.claimToken }
  const seen = { heartbeatAt: job.heartbeatAt }
  const losses = { increment: 1 }
  if (job.cancelRequestedAt) return end(claim, 'confirm_cancel', {}, {}, seen)
  if (job.losses + 1 < MAX_LOSSES)
    return requeue(claim, 'lose', { losses: job.losses + 1 }, { losses, attempt: { decrement: 1 } }, seen)
  const message = `The worker stopped ${MAX_LOSSES} times while rendering this video. Try another export of it, or ask an admin to look at the worker's log.`
  const failure: Failure = { code: 'worker_lost', message, params: { losses: MAX_LOSSES } }
  return end(claim, 'fail', factsOf(failure), { losses, ...errorColumns(failure) }, seen)
}

/** What a job's log says of a failure. */
const factsOf = ({ code, message }: Failure) => ({ code, message })

const errorColumns = (failure: Failure) => ({
  errorCode: failure.code,
  errorMessage: failure.message,
  errorParams: failure.params ?? {},
})
