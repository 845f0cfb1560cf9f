import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext, succeed } from '#core/render-job/lifecycle'
import type { User } from '#prisma/client'
import { createUser, queueJobs, RESULT } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const clockOf = (userId: string) => db().userClock.findFirstOrThrow({ where: { userId } })
const firstTag = async (ownerId: string) => {
  const found = await db().renderJob.aggregate({
    where: { ownerId, state: 'queued' },
    _min: { startTag: true },
  })
  return found._min.startTag!
}

async function fairUser(videos: number): Promise<{ owner: User; cost: number; all: number }> {
  await setPolicy('fair', (await createUser('admin')).id)
  const owner = await createUser()
  const jobs = await queueJobs(owner, videos)
  const costs = jobs.map((job) => job.costSeconds)
  return { owner, cost: costs[0], all: costs.reduce((sum, cost) => sum + cost) }
}

/** Renders the head of the line in about so many seconds, and returns in how many. */
async function render(seconds: number): Promise<number> {
  const { jobId, ...claim } = (await claimNext(newId()))!
  const startedAt = new Date(Date.now() - seconds * 1000)
  await db().renderJob.update({ where: { id: jobId }, data: { startedAt } })
  expect(await succeed({ jobId, ...claim }, RESULT)).toBe(true)
  const { finishedAt } = await db().renderJob.findUniqueOrThrow({ where: { id: jobId } })
  return (finishedAt!.getTime() - startedAt.getTime()) / 1000
}

it('moves what waits by what a job took too long', async () => {
  const { owner, cost, all } = await fairUser(3)
  expect(await firstTag(owner.id)).toBe(0)
  const took = await render(cost + 30)
  expect(await firstTag(owner.id)).toBeCloseTo(took, 1)
  expect((await clockOf(owner.id)).finish).toBeCloseTo(all + took - cost, 1)
})

it('gives back what a job was quicker, and what a cancelled one would have taken', async () => {
  const { owner, cost, all } = await fairUser(4)
  const took = await render(cost / 2)
  expect(took).toBeLessThan(cost)
  expect(await firstTag(owner.id)).toBeCloseTo(took, 1)
  const [, next] = await db().renderJob.findMany({ where: { state: 'queued' }, orderBy: { ordinal: 'asc' } })
  await cancelJob(next.id, owner)
  expect((await clockOf(owner.id)).finish).toBeCloseTo(all - (cost - took) - next.costSeconds, 1)
})

it('moves a long line by each job, too', { timeout: 60_000 }, async () => {
  const { owner, cost, all } = await fairUser(210)
  const took = await render(cost + 3)
  expect(await firstTag(owner.id)).toBeCloseTo(took, 1)
  expect((await clockOf(owner.id)).finish).toBeCloseTo(all + took - cost, 1)
})

it('starts all clocks anew once nothing waits and nothing runs', async () => {
  const { owner, cost } = await fairUser(2)
  const other = await createUser()
  await render(cost)
  await render(cost)
  expect((await clockOf(owner.id)).finish).toBeGreaterThan(0)
  await queueJobs(other, 1)
  expect(await db().userClock.count({ where: { userId: owner.id } })).toBe(0)
  expect(await firstTag(other.id)).toBe(0)
})
