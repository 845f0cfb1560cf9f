import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext, heartbeat, recoverLost, succeed } from '#core/render-job/lifecycle'
import { claimedJob, createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { entriesOf, heard, logOf, storedState } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const SILENT_MS = 30_000

async function silence(jobId: string, forMs = SILENT_MS + 1000): Promise<void> {
  const heartbeatAt = new Date(Date.now() - forMs)
  await db().renderJob.update({ where: { id: jobId }, data: { heartbeatAt } })
}

it('puts the job of a silent worker back at its place, and fences the worker', async () => {
  const { job, claim, worker } = await claimedJob()
  const { claim: lively } = await claimedJob()
  await silence(job.id)
  const events = await heard(database().url, async () => {
    const found = await recoverLost({ silentMs: SILENT_MS, exceptWorkerId: newId() })
    expect(found).toEqual([{ jobId: job.id, claimToken: claim.claimToken }])
  })
  expect(await reload(job.id)).toMatchObject({
    state: 'queued',
    losses: 1,
    attempt: 0,
    ticket: job.ticket,
    priority: job.priority,
  })
  expect((await reload(lively.jobId)).state).toBe('running')
  expect((await entriesOf(job.id)).map((entry) => entry.state)).toEqual(['completed', 'created'])
  expect((await db().worker.findUniqueOrThrow({ where: { id: worker.id } })).currentJobId).toBeNull()
  expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'lost'])
  expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])

  const before = await storedState(job.id)
  expect(await heartbeat(claim)).toBe('fenced')
  expect(await succeed(claim, RESULT)).toBe(false)
  expect(await storedState(job.id)).toEqual(before)
  expect(await recoverLost({ silentMs: SILENT_MS, exceptWorkerId: newId() })).toEqual([])
})

it('leaves a worker alone that has not been silent for long, and the one that asks', async () => {
  const { job, claim, worker } = await claimedJob()
  await silence(job.id, SILENT_MS - 5000)
  expect(await recoverLost({ silentMs: SILENT_MS, exceptWorkerId: newId() })).toEqual([])
  await silence(job.id)
  expect(await recoverLost({ silentMs: SILENT_MS, exceptWorkerId: worker.id })).toEqual([])
  expect(await heartbeat(claim)).toBe('ok')
})

it('recovers the jobs of workers that are known to be gone, however fresh', async () => {
  const gone = await claimedJob()
  const there = await claimedJob()
  expect(await recoverLost({ workerIds: [gone.worker.id, newId()] })).toHaveLength(1)
  expect((await reload(gone.job.id)).state).toBe('queued')
  expect((await reload(there.job.id)).state).toBe('running')
  expect(await recoverLost({ workerIds: [] })).toEqual([])
})

it('fails a job worker_lost at the third loss', async () => {
  const { job, worker } = await claimedJob()
  let workerId = worker.id
  for (const losses of [1, 2]) {
    await recoverLost({ workerIds: [workerId] })
    expect(await reload(job.id)).toMatchObject({ state: 'queued', losses })
    workerId = newId()
    expect((await claimNext(workerId))?.attempt).toBe(1)
  }
  await recoverLost({ workerIds: [workerId] })
  expect(await reload(job.id)).toMatchObject({
    state: 'failed',
    losses: 3,
    errorCode: 'worker_lost',
    errorParams: { losses: 3 },
  })
  expect(await logOf(job.id)).toEqual([
    ...['queued', 'claimed', 'lost', 'claimed', 'lost', 'claimed', 'failed'],
  ])
  expect(await claimNext(newId())).toBeNull()
})

it('cancels what was to be cancelled when its worker vanished', async () => {
  const { job, worker } = await claimedJob()
  await cancelJob(job.id, { id: job.ownerId, role: 'member' })
  expect(await recoverLost({ workerIds: [worker.id] })).toHaveLength(1)
  expect(await reload(job.id)).toMatchObject({ state: 'cancelled', cancelRequestedAt: null, losses: 0 })
  expect(await claimNext(newId())).toBeNull()
})

it('gives a job back once when two look for lost ones at once', async () => {
  const owner = await createUser()
  for (let round = 0; round < 5; round++) {
    await queueJobs(owner, 3)
    const workerId = newId()
    for (let slot = 0; slot < 3; slot++) await claimNext(workerId)
    const found = await Promise.all([1, 2, 3].map(() => recoverLost({ workerIds: [workerId] })))
    expect(found.flat().length).toBe(3)
    const rows = await db().renderJob.findMany({ where: { state: 'queued' } })
    expect(rows.map((row) => row.losses)).toEqual([1, 1, 1])
    for (const row of rows) await cancelJob(row.id, { id: owner.id, role: 'member' })
  }
})

it('leaves a job alone whose worker spoke up in between', async () => {
  for (let round = 0; round < 15; round++) {
    const { job, claim } = await claimedJob()
    await silence(job.id)
    const [found, answer] = await Promise.all([
      recoverLost({ silentMs: SILENT_MS, exceptWorkerId: newId() }),
      heartbeat(claim),
    ])
    const { state } = await reload(job.id)
    expect([found.length, answer, state]).toEqual(
      found.length === 0 ? [0, 'ok', 'running'] : [1, 'fenced', 'queued'],
    )
    await cancelJob(job.id, { id: job.ownerId, role: 'member' })
  }
})
