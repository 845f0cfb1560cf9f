import { expect, it } from 'vitest'
import { cancelBatch } from '#core/batch/cancel'
import { db } from '#core/db'
import { setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import type { User } from '#prisma/client'
import { createUser, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const lineOf = (owner: User) =>
  db().renderJob.findMany({ where: { ownerId: owner.id, state: 'queued' }, orderBy: { priority: 'desc' } })

const finishOf = async (owner: User) =>
  (
    await db().userClock.findUniqueOrThrow({
      where: { userId_band: { userId: owner.id, band: 'normal' } },
    })
  ).finish

it('fair: what is cancelled costs its owner nothing, and all that waits behind it moves up at once', async () => {
  const [admin, many, other] = [await createUser('admin'), await createUser(), await createUser()]
  await setPolicy('fair', admin.id)
  const jobs = await queueJobs(many, 150)
  await queueJobs(other, 150)
  const finish = await finishOf(many)
  const gone = [jobs[3], jobs[10]]

  for (const job of gone) expect(await cancelJob(job.id, many)).toBe('cancelled')
  const line = await lineOf(many)
  expect(line.map(({ id }) => id)).toEqual(jobs.filter((job) => !gone.includes(job)).map(({ id }) => id))
  // Each starts where the one before it ends.
  for (const [at, job] of line.entries()) {
    const before = line[at - 1]
    expect(job.startTag!, `job ${at}`).toBeCloseTo(before ? before.startTag! + before.costSeconds : 0, 3)
  }
  expect(await finishOf(many)).toBeCloseTo(finish - gone[0].costSeconds - gone[1].costSeconds, 3)
  // And nobody overtakes: the other's jobs stand between them as if the two had never been sent.
  const both = await db().renderJob.findMany({ where: { state: 'queued' }, orderBy: { priority: 'desc' } })
  const tags = both.map((job) => job.startTag!)
  expect(tags).toEqual(tags.toSorted((a, b) => a - b))
})

it("fair: a batch that is cancelled leaves nothing behind in its owner's share", async () => {
  const [admin, owner] = [await createUser('admin'), await createUser()]
  await setPolicy('fair', admin.id)
  const [kept] = await queueJobs(owner, 1)
  const batch = await queueJobs(owner, 220)
  expect(await cancelBatch(batch[0].batchId, owner)).toEqual({ cancelled: 220, cancelling: 0 })
  expect(await finishOf(owner)).toBeCloseTo(kept.costSeconds, 3)
})
