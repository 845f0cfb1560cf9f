import { databaseNow } from '#core/clock'
import { db, Superseded, type Tx, transact } from '#core/db'
import type { EngineName } from '#core/engine/options'
import { announce } from '#core/events/events'
import { newId } from '#core/ids'
import { countRun } from '#core/limits/day-use'
import { placeAgain } from '#core/queue/arrivals'
import { boss, RENDER_QUEUE, within } from '#core/queue/boss'
import { isPaused } from '#core/queue/control'
import { enterLine } from '#core/queue/entry'
import { lockLine } from '#core/queue/line'
import { advance, correct } from '#core/queue/shares'
import type { Adaptation } from '#core/render-job/adaptation'
import { recordChange, recordEvent } from '#core/render-job/events'
import { backoffSeconds, MAX_ATTEMPTS, MAX_LOSSES } from '#core/render-job/state'
import { isDraining } from '#core/worker/drain'
import { Prisma, type RenderJob } from '#prisma/client'

/** What a worker holds while it renders: every later write must show the token. */
export interface Claim {
  jobId: string
  claimToken: string
}

export type ClaimedJob = Claim & Prisma.RenderJobGetPayload<{ include: typeof CLAIM_INCLUDE }>

const CLAIM_INCLUDE = { presenter: true, batch: { include: { speech: true } } } as const

/** What ended a render without a result. */
export interface Failure {
  code: string
  message: string
  params?: Record<string, string | number>
}

export interface RenderedResult {
  key: string
  thumbKey: string | null
  bytes: number
  frames: number
  fps: number
  width: number
  height: number
  durationMs: number
  /** For the job's log: see core/render-job/adaptation.ts. */
  adaptation?: Adaptation
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
  const { count } = await tx.renderJob.updateMany({
    where: { id: head.data.jobId, state: 'queued', bossJobId: head.id },
    data: {
      state: 'running',
      attempt: { increment: 1 },
      claimToken,
      workerId,
      heartbeatAt: now,
      startedAt: now,
      notBefore: null,
      ...FRESH_PROGRESS,
    },
  })
  if (count === 0) {
    await (await boss()).complete(RENDER_QUEUE, head.id, { stale: true }, within(tx))
    return 'stale'
  }
  const job = await tx.renderJob.findUniqueOrThrow({ where: { id: head.data.jobId }, include: CLAIM_INCLUDE })
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
  const [row] = await db().renderJob.updateManyAndReturn({
    where: running(claim),
    data: { heartbeatAt: await databaseNow() },
    select: { cancelRequestedAt: true },
  })
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
    const before = await tx.renderJob.findFirst({ where: running(claim), select: { stage: true } })
    const { stage, fraction, framesDone, fps } = progress
    const heartbeatAt = await databaseNow(tx)
    const job = await guarded(tx, claim, { stage, fraction, framesDone, fps, heartbeatAt }, false)
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
  return end(
    claim,
    'succeeded',
    {
      frames: result.frames,
      bytes: result.bytes,
      ...(result.adaptation !== undefined && { adaptation: result.adaptation }),
    },
    {
      state: 'succeeded',
      fraction: 1,
      resultKey: result.key,
      resultThumbKey: result.thumbKey,
      resultBytes: BigInt(result.bytes),
      resultFrames: result.frames,
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
  return end(
    claim,
    'failed',
    { code: failure.code, message: failure.message },
    { state: 'failed', ...errorColumns(failure) },
  )
}

/** running -> cancelled: the engine saw the abort. */
export function confirmCancelled(claim: Claim): Promise<boolean> {
  return end(claim, 'cancelled', {}, { state: 'cancelled' })
}

/**
 * running -> queued after a transient error, with backoff and the same place; failed once the attempts are
 * spent, cancelled if somebody asked for that meanwhile.
 */
export async function retryLater(claim: Claim, attempt: number, failure: Failure): Promise<boolean> {
  if (attempt >= MAX_ATTEMPTS) return fail(claim, failure)
  const seconds = backoffSeconds(attempt)
  const notBefore = new Date((await databaseNow()).getTime() + seconds * 1000)
  const event = { code: failure.code, message: failure.message, seconds }
  return requeue(claim, { notBefore, ...errorColumns(failure) }, 'retrying', event)
}

/**
 * running -> queued because the worker stops or a higher band needs the slot: same place, the attempt not
 * spent. Cancelled if somebody asked for that meanwhile.
 */
export function release(claim: Claim, reason: 'shutdown' | 'preempted'): Promise<boolean> {
  return requeue(claim, { attempt: { decrement: 1 } }, 'released', { reason })
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
  if (job.cancelRequestedAt) return end(claim, 'cancelled', {}, { state: 'cancelled' }, seen)
  if (job.losses + 1 >= MAX_LOSSES) {
    const message = `The worker stopped ${MAX_LOSSES} times while rendering this video. Try another export of it, or ask an admin to look at the worker's log.`
    const failure = { code: 'worker_lost', message, params: { losses: MAX_LOSSES } }
    return end(
      claim,
      'failed',
      { code: failure.code, message },
      { state: 'failed', losses: { increment: 1 }, ...errorColumns(failure) },
      seen,
    )
  }
  const data = { losses: { increment: 1 }, attempt: { decrement: 1 } }
  return requeue(claim, data, 'lost', { losses: job.losses + 1 }, seen)
}

const TURN = { startTag: true, startedAt: true, renderSeconds: true } as const

/** GPU seconds that a running job has taken so far, its earlier turns included. */
const secondsTaken = (job: Pick<RenderJob, 'startedAt' | 'renderSeconds'>, now: Date): number =>
  (job.renderSeconds ?? 0) + (job.startedAt ? Math.max(0, now.getTime() - job.startedAt.getTime()) / 1000 : 0)

const FRESH_PROGRESS = { stage: null, fraction: 0, framesDone: 0, fps: null } as const
const FREED = {
  claimToken: null,
  workerId: null,
  heartbeatAt: null,
  startedAt: null,
  ...FRESH_PROGRESS,
} as const

const running = (claim: Claim) =>
  ({ id: claim.jobId, state: 'running', claimToken: claim.claimToken }) as const

const errorColumns = (failure: Failure) => ({
  errorCode: failure.code,
  errorMessage: failure.message,
  errorParams: failure.params ?? {},
})

/** One guarded update of a claimed row; throws Superseded(`otherwise`) when the claim no longer holds. */
async function guarded<Outcome>(
  tx: Tx,
  claim: Claim,
  data: Prisma.RenderJobUpdateManyMutationInput,
  otherwise: Outcome,
  also: Prisma.RenderJobWhereInput = {},
): Promise<RenderJob> {
  const [job] = await tx.renderJob.updateManyAndReturn({ where: { ...running(claim), ...also }, data })
  if (!job) throw new Superseded(otherwise)
  return job
}

/** running -> an ended state: the row, pg-boss's job, the log and the news in one transaction. */
function end(
  claim: Claim,
  kind: 'succeeded' | 'failed' | 'cancelled',
  eventData: Prisma.InputJsonObject,
  data: Prisma.RenderJobUpdateManyMutationInput,
  also: Prisma.RenderJobWhereInput = {},
): Promise<boolean> {
  return transact(async (tx) => {
    const turn = await tx.renderJob.findFirst({ where: running(claim), select: TURN })
    // Its owner's other jobs move by what it took too long or too short.
    const locked = turn?.startTag != null ? await lockLine(tx, 'exclusive') : null
    const now = await databaseNow(tx)
    const renderSeconds = turn && secondsTaken(turn, now)
    const freed = { claimToken: null, finishedAt: now, cancelRequestedAt: null, renderSeconds }
    const job = await guarded(tx, claim, { ...data, ...freed }, false, also)
    await (await boss()).complete(RENDER_QUEUE, job.bossJobId, { state: kind }, within(tx))
    await tx.worker.updateMany({ where: { currentJobId: job.id }, data: { currentJobId: null } })
    if (locked) await correct(locked, job)
    await recordChange(tx, job, kind, eventData)
    await countRun(tx, job, now)
    return true
  })
}

/**
 * running -> queued at its old place, under a new pg-boss job; the old one is done with. A pending cancel
 * is honoured instead, whichever way it and this crossed: the job ends, and never waits again.
 */
async function requeue(
  claim: Claim,
  data: Prisma.RenderJobUpdateManyMutationInput,
  kind: 'retrying' | 'released' | 'lost',
  eventData: Prisma.InputJsonObject,
  also: Prisma.RenderJobWhereInput = {},
): Promise<boolean> {
  const requeued = await transact(async (tx) => {
    const locked = await lockLine(tx, 'exclusive')
    const turn = await tx.renderJob.findFirst({ where: { ...running(claim), ...also } })
    if (!turn) return false
    const place = await placeAgain(locked, turn)
    const now = await databaseNow(tx)
    const renderSeconds = secondsTaken(turn, now)
    const freed = { ...FREED, ...data, ...place, renderSeconds, state: 'queued' } as const
    const job = await guarded(tx, claim, freed, false, { ...also, cancelRequestedAt: null })
    await (await boss()).complete(RENDER_QUEUE, job.bossJobId, { requeued: true }, within(tx))
    await tx.worker.updateMany({ where: { currentJobId: job.id }, data: { currentJobId: null } })
    await enterLine(locked, job, job.notBefore ?? undefined)
    await recordChange(tx, job, kind, eventData)
    await countRun(tx, turn, now)
    return true
  })
  if (requeued) return true
  const cancelPending = { ...also, cancelRequestedAt: { not: null } }
  return end(claim, 'cancelled', {}, { state: 'cancelled' }, cancelPending)
}
