import { expect, it } from 'vitest'
import { pauseBatch } from '#core/batch/pause'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import { promoteAged } from '#core/render-job/actions/promote'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob } from '#core/render-job/data'
import { claimNext, release } from '#core/render-job/lifecycle'
import { createUser, queueJobs, reload } from '#test/setup/factories'
import { logOf } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

it('takes a batch out of the line without a change of places, and lets it in again where it was', async () => {
  const owner = await createUser()
  const first = await queueJobs(owner, 2)
  const [second] = await queueJobs(owner, 1)
  expect(await pauseBatch(first[0].batchId, owner, true)).toBe('changed')
  expect(await pauseBatch(first[0].batchId, owner, true)).toBe('unchanged')
  expect((await findJob(first[0].id, owner))!.position).toBeNull()
  expect((await findJob(second.id, owner))!.position).toBe(1)
  await expectSoundQueue()

  expect(await pauseBatch(first[0].batchId, owner, false)).toBe('changed')
  expect((await findJob(first[0].id, owner))!.position).toBe(1)
  expect((await findJob(second.id, owner))!.position).toBe(3)
  expect((await reload(first[1].id)).priority).toBe(first[1].priority)
  expect(await logOf(first[0].id)).toEqual(['queued', 'paused', 'resumed'])
  for (const { id } of [...first, second]) expect((await claimNext(newId()))?.jobId).toBe(id)
})

it('none of its jobs starts: one that comes back or is resubmitted waits for the batch to go on', async () => {
  const owner = await createUser()
  const [running, failed] = await queueJobs(owner, 2)
  const claim = (await claimNext(newId()))!
  expect(claim.jobId).toBe(running.id)
  expect(await cancelJob(failed.id, owner)).toBe('cancelled')
  await pauseBatch(running.batchId, owner, true)
  expect(await release(claim, 'shutdown')).toBe(true)
  expect(await resubmitJob(failed.id, owner)).toBe('queued')
  expect(await claimNext(newId())).toBeNull()
  await expectSoundQueue()
  await pauseBatch(running.batchId, owner, false)
  expect((await claimNext(newId()))?.jobId).toBe(running.id)
  expect((await claimNext(newId()))?.jobId).toBe(failed.id)
})

it('starts nothing once the pause has returned, even with claims under way', async () => {
  const owner = await createUser()
  for (let round = 0; round < 5; round++) {
    const jobs = await queueJobs(owner, 6)
    const claims = Array.from({ length: 6 }, () => claimNext(newId()))
    await pauseBatch(jobs[0].batchId, owner, true)
    const paused = Date.now()
    for (const claim of await Promise.all(claims))
      if (claim) expect(claim.startedAt!.getTime()).toBeLessThanOrEqual(paused)
    expect(await claimNext(newId())).toBeNull()
    await db().renderJob.deleteMany({ where: { batchId: jobs[0].batchId, state: 'queued' } })
    await db().$executeRaw`DELETE FROM pgboss.job WHERE state < 'active'`
  }
})

it('does not age while it is paused, nor does the pause count afterwards', async () => {
  const owner = await createUser()
  const [job] = await queueJobs(owner, 1)
  const hour = 3_600_000
  await pauseBatch(job.batchId, owner, true)
  await db().batch.update({
    where: { id: job.batchId },
    data: { pausedAt: new Date(Date.now() - 10 * hour) },
  })
  await db().renderJob.update({
    where: { id: job.id },
    data: { bandSince: new Date(Date.now() - 11 * hour) },
  })
  expect(await promoteAged()).toBe(0)
  await pauseBatch(job.batchId, owner, false)
  expect(await promoteAged()).toBe(0)
  const waited = Date.now() - (await reload(job.id)).bandSince.getTime()
  expect(Math.abs(waited - hour)).toBeLessThan(60_000)
})

it('only its owner and admins pause it; what an admin does to others is in the audit', async () => {
  const [owner, stranger, admin] = [await createUser(), await createUser(), await createUser('admin')]
  const [job] = await queueJobs(owner, 1)
  expect(await pauseBatch(job.batchId, stranger, true)).toBe('not_found')
  expect(await pauseBatch(job.batchId, admin, true)).toBe('changed')
  const pausedBy = async () => (await db().batch.findUniqueOrThrow({ where: { id: job.batchId } })).pausedById
  expect(await pausedBy()).toBe(admin.id)
  const entries = await db().auditEntry.findMany({ where: { subjectId: job.batchId } })
  expect(entries).toMatchObject([{ action: 'batch.pause', actorId: admin.id }])
  expect(await pauseBatch(job.batchId, owner, false)).toBe('changed')
  expect(await pausedBy()).toBeNull()
})
