import { expect, it } from 'vitest'
import { findBatch } from '#core/batch/data'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob, listEndedJobs } from '#core/render-job/data'
import { claimNext, confirmCancelled, fail, heartbeat, succeed } from '#core/render-job/lifecycle'
import { trashJob } from '#core/trash/mutations'
import { claimedJob, createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it("takes a job out of its owner's history, and leaves the batch's progress as it was", async () => {
  const owner = await createUser()
  const { job, claim } = await claimedJob(owner)
  await succeed(claim, RESULT)
  expect(await trashJob(job.id, await createUser())).toBe('not_found')
  expect(await trashJob(job.id, owner)).toBe('deleted')
  expect(await trashJob(job.id, owner)).toBe('not_found')
  expect(await findJob(job.id, owner)).toBeNull()
  expect((await listEndedJobs({ ownerId: owner.id })).jobs).toEqual([])
  const batch = await findBatch(job.batchId, owner)
  expect(batch?.jobs).toEqual([])
  expect(batch?.progress).toEqual({ state: 'succeeded', total: 1, succeeded: 1, ended: 1 })
})

it('cancels what waits, and tells what runs to stop', async () => {
  const owner = await createUser()
  const [first, second] = await queueJobs(owner, 2)
  const claim = (await claimNext(owner.id))!
  for (const job of [first, second]) expect(await trashJob(job.id, owner)).toBe('deleted')
  expect(await reload(second.id)).toMatchObject({ state: 'cancelled', deletedAt: expect.any(Date) })
  expect(await reload(first.id)).toMatchObject({ state: 'running', deletedAt: expect.any(Date) })
  expect(await heartbeat(claim)).toBe('cancel')
  await confirmCancelled(claim)
  expect(await reload(first.id)).toMatchObject({ state: 'cancelled', deletedAt: expect.any(Date) })
})

it('racing with a resubmit: it is deleted, and never in the line', async () => {
  const owner = await createUser()
  for (let round = 0; round < 8; round++) {
    const { job, claim } = await claimedJob(owner)
    await fail(claim, { code: 'no_face', message: 'No face.' })
    const [deleted, resubmitted] = await Promise.all([trashJob(job.id, owner), resubmitJob(job.id, owner)])
    expect(deleted).toBe('deleted')
    expect(['queued', 'not_ended', 'not_found']).toContain(resubmitted)
    const { state, deletedAt } = await reload(job.id)
    expect([state, deletedAt]).toEqual([resubmitted === 'queued' ? 'cancelled' : 'failed', expect.any(Date)])
  }
})
