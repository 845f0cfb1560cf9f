import { expect, it } from 'vitest'
import { cancelBatch } from '#core/batch/cancel'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { setLimits } from '#core/limits/limits'
import { setPolicy } from '#core/queue/policy'
import { moveJob } from '#core/render-job/actions/move'
import { claimNext, release } from '#core/render-job/lifecycle'
import { createUser, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const line = async () => {
  const jobs = await db().renderJob.findMany({ where: { state: 'queued' }, orderBy: { priority: 'desc' } })
  return jobs.map((job) => job.id)
}

it.each(['fifo', 'fair'] as const)(
  '%s: a job that is released goes where it was, behind one that was moved to the front meanwhile',
  async (policy) => {
    const admin = await createUser('admin')
    await setPolicy(policy, admin.id)
    const jobs = await queueJobs(await createUser(), 5)
    const [first, second] = [await claimNext(newId()), await claimNext(newId())]
    expect(await moveJob(jobs[4].id, admin, { front: true })).toBe('moved')
    expect(await release(second!, 'preempted')).toBe(true)
    expect(await release(first!, 'shutdown')).toBe(true)
    expect(await line()).toEqual([4, 0, 1, 2, 3].map((at) => jobs[at].id))
  },
)

it.each(['fifo', 'fair'] as const)(
  '%s: the same where the released jobs had been moved to the front themselves',
  async (policy) => {
    const admin = await createUser('admin')
    await setPolicy(policy, admin.id)
    const jobs = await queueJobs(await createUser(), 5)
    for (const at of [3, 2]) expect(await moveJob(jobs[at].id, admin, { front: true })).toBe('moved')
    const [first, second] = [await claimNext(newId()), await claimNext(newId())]
    expect([first!.jobId, second!.jobId]).toEqual([jobs[2].id, jobs[3].id])
    expect(await moveJob(jobs[4].id, admin, { front: true })).toBe('moved')
    expect(await release(second!, 'preempted')).toBe(true)
    expect(await release(first!, 'shutdown')).toBe(true)
    expect(await line()).toEqual([4, 2, 3, 0, 1].map((at) => jobs[at].id))
  },
)

it('fair: a job that comes back goes before those with the same start tag', async () => {
  const admin = await createUser('admin')
  await setPolicy('fair', admin.id)
  const jobs = [...(await queueJobs(await createUser(), 1)), ...(await queueJobs(await createUser(), 1))]
  const claim = (await claimNext(newId()))!
  expect(claim.jobId).toBe(jobs[0].id)
  expect((await reload(jobs[1].id)).startTag).toBe(claim.startTag)
  expect(await release(claim, 'preempted')).toBe(true)
  expect(await line()).toEqual(jobs.map(({ id }) => id))
})

it('when many are cancelled, what starts meanwhile is only what was first in line anyway', {
  timeout: 60_000,
}, async () => {
  const owner = await createUser('admin')
  await setLimits({ maxWaiting: null, maxWaitingPerUser: null }, owner.id)
  const jobs = await queueJobs(owner, 620)
  let cancelled = false
  const started: number[] = []
  async function slot(): Promise<void> {
    while (!cancelled) {
      const claim = await claimNext(newId())
      if (claim) started.push(claim.ordinal)
    }
  }
  const cancelling = cancelBatch(jobs[0].batchId, owner).finally(() => (cancelled = true))
  await Promise.all([cancelling, slot(), slot()])
  expect(started.length).toBeGreaterThan(0)
  expect(started.toSorted((a, b) => a - b)).toEqual([...started.keys()])
  expect(await line()).toEqual([])
})
