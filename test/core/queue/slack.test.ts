import { expect, it } from 'vitest'
import { cancelBatch } from '#core/batch/cancel'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext, succeed } from '#core/render-job/lifecycle'
import type { User } from '#prisma/client'
import { createUser, queueJobs, RESULT } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

/** A user's waiting jobs in the order of the line, with how far the start tag of each is behind the end of the last. */
async function chainOf(owner: User) {
  const jobs = await db().renderJob.findMany({
    where: { ownerId: owner.id, state: 'queued' },
    orderBy: { priority: 'desc' },
  })
  return jobs.map((job, index) => {
    const before = jobs[index - 1]
    return { ...job, gap: before ? job.startTag! - before.startTag! - before.costSeconds : 0 }
  })
}

const clockOf = (owner: User) =>
  db().userClock.findUniqueOrThrow({ where: { userId_band: { userId: owner.id, band: 'normal' } } })

/** A slot renders the next job in just the time that was predicted. */
async function renderNext(): Promise<void> {
  const claim = (await claimNext(newId()))!
  await db().renderJob.update({
    where: { id: claim.jobId },
    data: { startedAt: new Date(Date.now() - claim.costSeconds * 1000) },
  })
  expect(await succeed(claim, RESULT)).toBe(true)
}

it('fair: in a long line of their own the next hundred move up at once, the others before their turn', async () => {
  const [admin, many, other] = [await createUser('admin'), await createUser(), await createUser()]
  await setPolicy('fair', admin.id)
  const jobs = await queueJobs(many, 150)
  await queueJobs(other, 150)
  const freed = jobs[3].costSeconds + jobs[10].costSeconds
  const { finish } = await clockOf(many)
  const before = await chainOf(many)

  for (const job of [jobs[3], jobs[10]]) expect(await cancelJob(job.id, many)).toBe('cancelled')
  const after = await chainOf(many)
  expect(after.map(({ id }) => id)).toEqual(
    jobs.filter((_job, at) => at !== 3 && at !== 10).map(({ id }) => id),
  )
  expect(after.at(-1)!.startTag).toBeCloseTo(before.at(-1)!.startTag!)
  expect(await clockOf(many)).toMatchObject({ finish, slack: expect.closeTo(freed) })
  const holes = after.flatMap(({ gap }, at) => (Math.abs(gap) > 0.1 ? [at] : []))
  expect(Math.min(...holes)).toBeGreaterThanOrEqual(100)
  await expectSoundQueue()

  // What is free is always far behind the next that start; at the end nothing of it is left.
  for (let turn = 0; turn < 120; turn++) {
    await renderNext()
    if (turn % 10 > 0) continue
    for (const { gap } of (await chainOf(many)).slice(0, 80)) expect(gap).toBeCloseTo(0, 1)
  }
  const last = (await chainOf(many)).at(-1)!
  const clock = await clockOf(many)
  expect(clock.slack).toBe(0)
  expect(clock.finish).toBeCloseTo(finish - freed, 0)
  expect(clock.finish).toBeCloseTo(last.startTag! + last.costSeconds, 0)
  await expectSoundQueue()
})

it("fair: a batch that is cancelled leaves nothing behind in its owner's share", async () => {
  const [admin, owner] = [await createUser('admin'), await createUser()]
  await setPolicy('fair', admin.id)
  const [kept] = await queueJobs(owner, 1)
  const batch = await queueJobs(owner, 220)
  expect(await cancelBatch(batch[0].batchId, owner)).toEqual({ cancelled: 220, cancelling: 0 })
  const clock = await clockOf(owner)
  expect(clock.slack).toBe(0)
  expect(clock.finish).toBeCloseTo(kept.costSeconds)
  await expectSoundQueue()
})
