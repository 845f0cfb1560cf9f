import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import { type LearningReport, learningReportOf } from '#core/render-job/learning-report'
import {
  claimNext,
  confirmCancelled,
  fail,
  heartbeat,
  release,
  reportProgress,
  retryLater,
  succeed,
} from '#core/render-job/lifecycle'
import { backoffSeconds, MAX_ATTEMPTS } from '#core/render-job/state'
import type { Claim } from '#core/render-job/transition'
import { claimedJob, createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { entriesOf, heard, logOf, storedState } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const OUT_OF_MEMORY = { code: 'out_of_memory', message: 'The GPU is full.', params: { mib: 512 } } as const
const PROGRESS = { device: 'cuda:0', stage: 'render', fraction: 0.5, framesDone: 50, frames: 100, fps: 24.5 }

/** All that a worker may write, and what it hears when its claim no longer holds. */
const WRITES: { name: string; write: (claim: Claim) => Promise<unknown>; refused: unknown }[] = [
  { name: 'heartbeat', write: heartbeat, refused: 'fenced' },
  { name: 'reportProgress', write: (claim) => reportProgress(claim, PROGRESS), refused: false },
  { name: 'succeed', write: (claim) => succeed(claim, RESULT), refused: false },
  { name: 'fail', write: (claim) => fail(claim, OUT_OF_MEMORY), refused: false },
  { name: 'confirmCancelled', write: confirmCancelled, refused: false },
  { name: 'retryLater', write: (claim) => retryLater(claim, 1, OUT_OF_MEMORY), refused: false },
  {
    name: 'retryLater, the last time',
    write: (claim) => retryLater(claim, MAX_ATTEMPTS, OUT_OF_MEMORY),
    refused: false,
  },
  { name: 'release', write: (claim) => release(claim, 'shutdown'), refused: false },
]

describe.each(WRITES)('$name', ({ write, refused }) => {
  async function changesNothing(claim: Claim) {
    const before = await storedState(claim.jobId)
    const events = await heard(database().url, async () => expect(await write(claim)).toBe(refused))
    expect(events).toEqual([])
    expect(await storedState(claim.jobId)).toEqual(before)
  }

  it('changes nothing with a token that is not the current one', async () => {
    const { claim } = await claimedJob()
    await changesNothing({ jobId: claim.jobId, claimToken: newId() })
    expect(await write({ jobId: newId(), claimToken: claim.claimToken })).toBe(refused)
  })

  it.each([
    { how: 'waits', end: (claim: Claim) => release(claim, 'preempted') },
    { how: 'waits out a backoff', end: (claim: Claim) => retryLater(claim, 1, OUT_OF_MEMORY) },
    { how: 'succeeded', end: (claim: Claim) => succeed(claim, RESULT) },
    { how: 'failed', end: (claim: Claim) => fail(claim, OUT_OF_MEMORY) },
    { how: 'was cancelled', end: confirmCancelled },
  ])('changes nothing once the job $how', async ({ end }) => {
    const { claim } = await claimedJob()
    expect(await end(claim)).toBe(true)
    await changesNothing(claim)
  })

  it('changes nothing for a fenced worker while another one renders the job', async () => {
    const { claim } = await claimedJob()
    await release(claim, 'preempted')
    const second = await claimNext(newId())
    expect(second).toMatchObject({ jobId: claim.jobId })
    await changesNothing(claim)
    expect(await heartbeat(second!)).toBe('ok')
  })
})

it('succeed ends the job with its result', async () => {
  const { job, claim, worker } = await claimedJob()
  // More than 32 bits hold.
  const result = { ...RESULT, bytes: 5_000_000_000 }
  const events = await heard(database().url, () => succeed(claim, result))
  expect(await reload(job.id)).toMatchObject({
    state: 'succeeded',
    fraction: 1,
    resultKey: RESULT.key,
    resultBytes: 5_000_000_000n,
    resultFrames: 100,
    workerId: worker.id,
    finishedAt: expect.any(Date),
  })
  expect(await entriesOf(job.id)).toMatchObject([{ id: job.bossJobId, state: 'completed' }])
  expect((await db().worker.findUniqueOrThrow({ where: { id: worker.id } })).currentJobId).toBeNull()
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'succeeded'])
  expect(events).toEqual([
    { kind: 'log', ownerId: job.ownerId, jobId: job.id },
    { kind: 'changed', ownerId: job.ownerId, batchId: job.batchId, jobId: job.id },
  ])
})

it('succeed wins over a cancel that was asked for too late', async () => {
  const { job, claim } = await claimedJob()
  expect(await cancelJob(job.id, { id: job.ownerId, role: 'member' })).toBe('cancelling')
  expect(await succeed(claim, RESULT)).toBe(true)
  expect(await reload(job.id)).toMatchObject({ state: 'succeeded', cancelRequestedAt: null })
})

it('succeed tells the log what was learnt from the presenter’s own speech', async () => {
  const told = async (adaptation?: LearningReport) => {
    const { job, claim } = await claimedJob()
    await succeed(claim, { ...RESULT, adaptation })
    return learningReportOf(
      (await db().jobEvent.findFirstOrThrow({ where: { jobId: job.id, kind: 'succeeded' } })).data,
    )
  }
  const learnt = { before: 0.3, after: 0.43, used: true }
  expect([await told(learnt), await told(null), await told()]).toEqual([learnt, null, undefined])
})

it('succeed clears the error of an attempt before', async () => {
  const { job, claim } = await claimedJob()
  await retryLater(claim, 1, OUT_OF_MEMORY)
  await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE state = 'created'`
  const second = await claimNext(newId())
  expect(second).toMatchObject({ attempt: 2, errorCode: 'out_of_memory' })
  await succeed(second!, RESULT)
  expect(await reload(job.id)).toMatchObject({ errorCode: null, errorMessage: null, errorParams: null })
})

it('fail ends the job with what went wrong', async () => {
  const { job, claim, worker } = await claimedJob()
  const events = await heard(database().url, () => fail(claim, OUT_OF_MEMORY))
  expect(await reload(job.id)).toMatchObject({
    state: 'failed',
    errorCode: 'out_of_memory',
    errorMessage: 'The GPU is full.',
    errorParams: { mib: 512 },
    resultKey: null,
  })
  expect(await entriesOf(job.id)).toMatchObject([{ state: 'completed' }])
  expect((await db().worker.findUniqueOrThrow({ where: { id: worker.id } })).currentJobId).toBeNull()
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'failed'])
  expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])
})

it('confirmCancelled ends a job that somebody asked to stop', async () => {
  const { job, claim } = await claimedJob()
  const owner = { id: job.ownerId, role: 'member' } as const
  const asked = await heard(database().url, () => cancelJob(job.id, owner))
  expect(asked).toContainEqual({ kind: 'cancel', jobId: job.id })
  expect(await heartbeat(claim)).toBe('cancel')
  expect(await cancelJob(job.id, owner)).toBe('cancelling')
  const events = await heard(database().url, () => confirmCancelled(claim))
  expect(await reload(job.id)).toMatchObject({ state: 'cancelled', cancelRequestedAt: null })
  expect(await entriesOf(job.id)).toMatchObject([{ state: 'completed' }])
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'cancel_requested', 'cancelled'])
  expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])
})

it('retryLater puts the job back at its place, not to be taken before its backoff is over', async () => {
  const { job, claim, worker } = await claimedJob()
  const [other] = await queueJobs(await createUser(), 1)
  const before = Date.now()
  const events = await heard(database().url, () => retryLater(claim, 1, OUT_OF_MEMORY))
  const row = await reload(job.id)
  expect(row).toMatchObject({
    state: 'queued',
    attempt: 1,
    priority: job.priority,
    errorCode: 'out_of_memory',
  })
  const delay = row.notBefore!.getTime() - before
  expect(delay).toBeGreaterThanOrEqual(backoffSeconds(1) * 1000)
  expect(delay).toBeLessThan(backoffSeconds(1) * 1000 + 5000)
  expect((await entriesOf(job.id)).map((entry) => entry.state)).toEqual(['completed', 'created'])
  expect((await db().worker.findUniqueOrThrow({ where: { id: worker.id } })).currentJobId).toBeNull()
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'retrying'])
  expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])

  expect((await claimNext(newId()))?.jobId).toBe(other.id)
  expect(await claimNext(newId())).toBeNull()
  await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE id = ${row.bossJobId}::uuid`
  expect(await claimNext(newId())).toMatchObject({ jobId: job.id, attempt: 2, notBefore: null })
})

it('retryLater fails the job once its attempts are spent', async () => {
  const { job, claim } = await claimedJob()
  let current: Claim = claim
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
    expect(await retryLater(current, attempt, OUT_OF_MEMORY)).toBe(true)
    expect((await reload(job.id)).state).toBe('queued')
    await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE state = 'created'`
    const claimed = await claimNext(newId())
    expect(claimed?.attempt).toBe(attempt + 1)
    current = claimed!
  }
  expect(await retryLater(current, MAX_ATTEMPTS, OUT_OF_MEMORY)).toBe(true)
  expect(await reload(job.id)).toMatchObject({ state: 'failed', errorCode: 'out_of_memory', attempt: 3 })
})

it('release keeps the ticket and the attempt, and the job is the next one again', async () => {
  const owner = await createUser()
  const { job, claim, worker } = await claimedJob(owner)
  await queueJobs(owner, 2)
  await reportProgress(claim, PROGRESS)
  const events = await heard(database().url, () => release(claim, 'shutdown'))
  expect(await reload(job.id)).toMatchObject({
    state: 'queued',
    attempt: 0,
    losses: 0,
    ticket: job.ticket,
    priority: job.priority,
    queuedAt: job.queuedAt,
    stage: null,
    fraction: 0,
    notBefore: null,
  })
  expect((await entriesOf(job.id)).map((entry) => entry.state)).toEqual(['completed', 'created'])
  expect((await db().worker.findUniqueOrThrow({ where: { id: worker.id } })).currentJobId).toBeNull()
  expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'stage', 'released'])
  expect(await claimNext(newId())).toMatchObject({ jobId: job.id, attempt: 1 })
})

it.each([
  { name: 'release', write: (claim: Claim) => release(claim, 'shutdown') },
  { name: 'retryLater', write: (claim: Claim) => retryLater(claim, 1, OUT_OF_MEMORY) },
])('$name honours a pending cancel: the job ends and never waits again', async ({ write }) => {
  const { job, claim } = await claimedJob()
  await cancelJob(job.id, { id: job.ownerId, role: 'member' })
  expect(await write(claim)).toBe(true)
  expect(await reload(job.id)).toMatchObject({ state: 'cancelled', cancelRequestedAt: null })
  expect(await claimNext(newId())).toBeNull()
})

it('reportProgress shows on the row and to listeners; a new stage becomes a line of the log', async () => {
  const { job, claim } = await claimedJob()
  const old = new Date(Date.now() - 60_000)
  await db().renderJob.update({ where: { id: job.id }, data: { heartbeatAt: old } })
  const events = await heard(database().url, async () => {
    expect(await reportProgress(claim, PROGRESS)).toBe(true)
    expect(await reportProgress(claim, { ...PROGRESS, framesDone: 60, fraction: 0.6 })).toBe(true)
  })
  const row = await reload(job.id)
  expect(row).toMatchObject({ stage: 'render', fraction: 0.6, framesDone: 60, fps: 24.5 })
  expect(row.heartbeatAt!.getTime()).toBeGreaterThan(old.getTime())
  expect(events.map((event) => event.kind)).toEqual(['log', 'progress', 'progress'])
  expect(events[1]).toEqual({
    kind: 'progress',
    ownerId: job.ownerId,
    batchId: job.batchId,
    jobId: job.id,
    ...PROGRESS,
  })
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'stage'])
})
