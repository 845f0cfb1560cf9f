import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { boss, RENDER_QUEUE } from '#core/queue/boss'
import { readControl, setPaused } from '#core/queue/control'
import { claimNext, release } from '#core/render-job/lifecycle'
import { createUser, createWorker, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it('gives the head of the line, as running, with all that a render needs', async () => {
  const [first, second] = await queueJobs(await createUser(), 2)
  const worker = await createWorker()
  const claim = await claimNext(worker.id)
  expect(claim).toMatchObject({ jobId: first.id, state: 'running', attempt: 1, workerId: worker.id })
  expect(claim!.presenter.id).toBe(first.presenterId)
  expect(claim!.batch.speech.kind).toBe('speech')
  expect((await reload(first.id)).claimToken).toBe(claim!.claimToken)
  expect((await db().worker.findUniqueOrThrow({ where: { id: worker.id } })).currentJobId).toBe(first.id)
  expect((await reload(second.id)).state).toBe('queued')
  const events = await db().jobEvent.findMany({ where: { jobId: first.id }, orderBy: { id: 'asc' } })
  expect(events.map((event) => event.kind)).toEqual(['queued', 'claimed'])
})

it('gives null when nothing waits', async () => {
  expect(await claimNext(newId())).toBeNull()
})

it('never gives one job to two: 20 claims at once over 10 jobs, five times', async () => {
  const owner = await createUser()
  for (let round = 0; round < 5; round++) {
    const jobs = await queueJobs(owner, 10)
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimNext(newId())))
    const given = claims.flatMap((claim) => claim?.jobId ?? [])
    expect(given.length).toBe(10)
    expect(new Set(given)).toEqual(new Set(jobs.map((job) => job.id)))
    expect(new Set(claims.flatMap((claim) => claim?.claimToken ?? [])).size).toBe(10)
  }
})

it('skips pg-boss jobs that no waiting row names, and clears them away', async () => {
  const [first, second] = await queueJobs(await createUser(), 2)
  const strangers = [newId(), newId()]
  const entries = [
    { id: strangers[0], data: { jobId: newId() }, priority: 2 ** 31 - 1 },
    { id: strangers[1], data: { jobId: second.id }, priority: 2 ** 31 - 2 },
  ]
  await (await boss()).insert(RENDER_QUEUE, entries)
  expect((await claimNext(newId()))?.jobId).toBe(first.id)
  const left = await db().$queryRaw<{ state: string }[]>`
    SELECT state::text FROM pgboss.job WHERE id = ANY(${strangers}::uuid[])`
  expect(left.map((row) => row.state)).toEqual(['completed', 'completed'])
  expect((await claimNext(newId()))?.jobId).toBe(second.id)
})

it('starts nothing while paused; the running job ends as usual', async () => {
  const admin = await createUser('admin')
  await queueJobs(admin, 2)
  const claim = await claimNext(newId())
  expect(await setPaused(true, admin.id)).toBe('changed')
  expect(await setPaused(true, admin.id)).toBe('unchanged')
  expect(await readControl()).toMatchObject({ pausedById: admin.id, pausedAt: expect.any(Date) })
  expect(await claimNext(newId())).toBeNull()
  expect(await release(claim!, 'shutdown')).toBe(true)
  expect(await claimNext(newId())).toBeNull()
  expect(await setPaused(false, admin.id)).toBe('changed')
  expect(await setPaused(false, admin.id)).toBe('unchanged')
  expect(await readControl()).toMatchObject({ pausedById: null, pausedAt: null })
  expect((await claimNext(newId()))?.jobId).toBe(claim!.jobId)
  const audit = await db().auditEntry.findMany({ orderBy: { id: 'asc' } })
  expect(audit.map((entry) => [entry.action, entry.actorId])).toEqual([
    ['queue.pause', admin.id],
    ['queue.resume', admin.id],
  ])
})

it('starts nothing once the pause has returned, even with claims under way', async () => {
  const admin = await createUser('admin')
  for (let round = 0; round < 8; round++) {
    await queueJobs(admin, 8)
    const claims = Array.from({ length: 8 }, () => claimNext(newId()))
    await new Promise((resolve) => setTimeout(resolve, round))
    await setPaused(true, admin.id)
    const running = await db().renderJob.count({ where: { state: 'running' } })
    await Promise.all(claims)
    expect(await db().renderJob.count({ where: { state: 'running' } })).toBe(running)
    await setPaused(false, admin.id)
  }
})
