import { expect, it, vi } from 'vitest'
import { findBatch } from '#core/batch/data'
import { removeJob } from '#core/render-job/actions/remove'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob, listEndedJobs } from '#core/render-job/data'
import { claimNext, fail, succeed } from '#core/render-job/lifecycle'
import type { Storage } from '#core/storage/storage'
import { claimedJob, createUser, RESULT, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const storage = () => {
  const remove = vi.fn(async (_key: string) => {})
  return { remove, storage: { remove } as unknown as Storage }
}

it("takes an ended job and its files out of its owner's history", async () => {
  const owner = await createUser()
  const { job, claim } = await claimedJob(owner)
  const files = storage()
  expect(await removeJob(job.id, owner, files.storage)).toBe('not_ended')
  await succeed(claim, { ...RESULT, thumbKey: 'results/a/thumb.jpg' })
  expect(await removeJob(job.id, await createUser(), files.storage)).toBe('not_found')
  expect(files.remove).not.toHaveBeenCalled()

  expect(await removeJob(job.id, owner, files.storage)).toBe('removed')
  expect(files.remove.mock.calls.flat()).toEqual([RESULT.key, 'results/a/thumb.jpg'])
  expect(await removeJob(job.id, owner, files.storage)).toBe('not_found')
  expect(await findJob(job.id, owner)).toBeNull()
  expect((await listEndedJobs({ ownerId: owner.id })).jobs).toEqual([])
  const batch = await findBatch(job.batchId, owner)
  expect(batch?.jobs).toEqual([])
  expect(batch?.progress).toEqual({ state: 'succeeded', total: 1, succeeded: 1, ended: 1 })
})

it('racing with a resubmit: deleted for good, or in the line, never both', async () => {
  const owner = await createUser()
  for (let round = 0; round < 8; round++) {
    const { job, claim } = await claimedJob(owner)
    await fail(claim, { code: 'no_face', message: 'No face.' })
    const [deleted, resubmitted] = await Promise.all([
      removeJob(job.id, owner, storage().storage),
      resubmitJob(job.id, owner),
    ])
    const row = await reload(job.id)
    if (deleted === 'removed') {
      expect(['not_ended', 'not_found']).toContain(resubmitted)
      expect(row).toMatchObject({ state: 'failed', deletedAt: expect.any(Date) })
    } else {
      expect([deleted, resubmitted]).toEqual(['not_ended', 'queued'])
      expect(row).toMatchObject({ state: 'queued', deletedAt: null })
      await succeed((await claimNext(owner.id))!, RESULT)
    }
  }
})
