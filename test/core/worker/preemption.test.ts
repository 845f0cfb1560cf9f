import { describe, expect, it } from 'vitest'
import { pauseBatch } from '#core/batch/pause'
import { db } from '#core/db'
import { claimNext, release } from '#core/render-job/lifecycle'
import { drainWorker } from '#core/worker/drain'
import { setPreemption, shouldYield } from '#core/worker/preemption'
import { createUser, createWorker, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it('off by default; on, an urgent job takes the slot and the other goes back to its place, its attempt not spent', async () => {
  const admin = await createUser('admin')
  const worker = await createWorker()
  const [running, next] = await queueJobs(admin, 2)
  const claim = (await claimNext(worker.id))!
  const [urgent] = await queueJobs(admin, 1, { band: 'urgent' })
  expect(await shouldYield(running.id)).toBe(false)
  expect(await setPreemption(true, admin.id)).toBe('changed')
  expect(await setPreemption(true, admin.id)).toBe('unchanged')
  expect(await shouldYield(running.id)).toBe(true)

  await release(claim, 'preempted')
  const back = await reload(running.id)
  expect(back).toMatchObject({ state: 'queued', attempt: 0, losses: 0, priority: running.priority })
  for (const { id } of [urgent, running, next]) {
    const taken = (await claimNext(worker.id))!
    expect(taken.jobId).toBe(id)
    await db().worker.update({ where: { id: worker.id }, data: { currentJobId: null } })
  }
})

it('not for an urgent job that cannot start: paused, waiting out a backoff, or another slot is free', async () => {
  const admin = await createUser('admin')
  await setPreemption(true, admin.id)
  const [running] = await queueJobs(admin, 1)
  await claimNext((await createWorker('cuda:0')).id)
  const [urgent] = await queueJobs(admin, 1, { band: 'urgent' })
  await pauseBatch(urgent.batchId, admin, true)
  expect(await shouldYield(running.id)).toBe(false)
  await pauseBatch(urgent.batchId, admin, false)
  expect(await shouldYield(running.id)).toBe(true)
  const free = await createWorker('cuda:1')
  expect(await shouldYield(running.id)).toBe(false)
  await drainWorker(free.id, 'drain', admin.id)
  expect(await shouldYield(running.id)).toBe(true)
})

describe('drainWorker', () => {
  it('lets the slot take nothing more until undrained, and says so once', async () => {
    const admin = await createUser('admin')
    const worker = await createWorker()
    await queueJobs(admin, 2)
    expect(await drainWorker(worker.id, 'drain', admin.id)).toBe('changed')
    expect(await drainWorker(worker.id, 'drain', admin.id)).toBe('unchanged')
    expect(await claimNext(worker.id)).toBeNull()
    expect(await drainWorker(worker.id, 'stop', admin.id)).toBe('changed')
    const asked = () => db().worker.findUniqueOrThrow({ where: { id: worker.id } })
    expect(await asked()).toMatchObject({ drainingAt: expect.any(Date), stopRequestedAt: expect.any(Date) })
    expect(await drainWorker(worker.id, 'undrain', admin.id)).toBe('changed')
    expect(await asked()).toMatchObject({ drainingAt: null, stopRequestedAt: null })
    expect(await claimNext(worker.id)).not.toBeNull()
    const actions = await db().auditEntry.findMany({ orderBy: { id: 'asc' } })
    expect(actions.map((entry) => entry.action)).toEqual(['worker.drain', 'worker.stop', 'worker.undrain'])
  })

  it('starts nothing once it has returned, even with claims under way', async () => {
    const admin = await createUser('admin')
    for (let round = 0; round < 8; round++) {
      const worker = await createWorker()
      await queueJobs(admin, 3)
      const claims = Array.from({ length: 3 }, () => claimNext(worker.id))
      await drainWorker(worker.id, 'drain', admin.id)
      const drained = Date.now()
      for (const claim of await Promise.all(claims))
        if (claim) expect(claim.startedAt!.getTime()).toBeLessThanOrEqual(drained)
      expect(await claimNext(worker.id)).toBeNull()
    }
  })
})
