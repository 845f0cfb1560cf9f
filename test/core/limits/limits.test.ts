import { expect, it } from 'vitest'
import { createBatch } from '#core/batch/mutations'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { readLimits, readUsage, setLimits } from '#core/limits/limits'
import { limitsChange, type QueueLimits, queueLimits } from '#core/limits/schema'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { claimNext, fail } from '#core/render-job/lifecycle'
import type { User } from '#prisma/client'
import { createAsset, createUser, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const unlimited = queueLimits.parse({ maxWaiting: null, maxWaitingPerUser: null, minFreeDiskBytes: 0 })

const limitTo = async (limits: Partial<QueueLimits>) =>
  (await setLimits({ ...unlimited, ...limits }, (await createUser('admin')).id)).outcome

/** Sends a batch of an existing speech and presenter, and says what came of it. */
async function send(owner: User, videos: number) {
  const speech = await createAsset(owner.id, 'speech')
  const presenter = await createAsset(owner.id, 'presenter')
  const presenterIds = Array.from({ length: videos }, () => presenter.id)
  const result = await createBatch(owner.id, { name: 'Batch', speechId: speech.id, presenterIds })
  return result.outcome === 'refused' ? result.refusal : result.outcome
}

it('refuses a batch over the limit as a whole, with nothing of it in the line', async () => {
  const owner = await createUser()
  await limitTo({ maxWaitingPerUser: 4 })
  expect(await send(owner, 3)).toBe('created')
  expect(await send(owner, 2)).toEqual({
    code: 'too_many_waiting',
    params: { waiting: 3, limit: 4, asked: 2 },
  })
  expect(await send(owner, 1)).toBe('created')
  expect(await db().batch.count()).toBe(2)
  expect(await send(await createUser(), 4)).toBe('created')
})

it('never lets two at once share the last place: one user’s, and everybody’s', async () => {
  for (const limits of [{ maxWaitingPerUser: 4 }, { maxWaiting: 12 }]) {
    await db().renderJob.deleteMany()
    await db().$executeRaw`DELETE FROM pgboss.job`
    await limitTo(limits)
    const owners = [await createUser(), await createUser(), await createUser()]
    const sent = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        send('maxWaiting' in limits ? owners[index % 3] : owners[0], 2),
      ),
    )
    expect(sent.filter((outcome) => outcome === 'created').length).toBe('maxWaiting' in limits ? 6 : 2)
  }
})

it('counts what runs and what waits, as predicted; what runs for longer, by the clock', async () => {
  const owner = await createUser()
  const jobs = await queueJobs(owner, 3)
  await claimNext(newId())
  await claimNext(newId())
  const [brief, long, waiting] = jobs.map((job) => job.id)
  const change = (id: string, data: object) => db().renderJob.update({ where: { id }, data })
  await change(brief, { costSeconds: 2000 })
  // Whatever of it was yesterday is neither of today nor still to come.
  await change(long, { costSeconds: 40, startedAt: new Date(Date.now() - 500_000) })
  await change(waiting, { costSeconds: 300 })
  const today = Math.min(500, (Date.now() / 1000) % 86_400)
  const { gpuSeconds } = await readUsage(owner.id)
  expect(gpuSeconds).toBeGreaterThanOrEqual(2000 + today + 300 - 1)
  expect(gpuSeconds).toBeLessThan(2000 + today + 300 + 20)
})

it('holds a member’s resubmit to the limits, not an admin’s', async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  const [job] = await queueJobs(owner, 2)
  await fail((await claimNext(newId()))!, { code: 'no_face', message: 'no face' })
  await limitTo({ maxWaitingPerUser: 1 })
  expect(await resubmitJob(job.id, owner)).toMatchObject({ code: 'too_many_waiting' })
  expect(await resubmitJob(job.id, admin)).toBe('queued')
})

it('a change of the limits is in the audit; the same ones again are not', async () => {
  expect(await readLimits()).toMatchObject({ maxWaitingPerUser: 500, maxWaiting: 5000 })
  expect(await limitTo({ maxWaiting: 7 })).toBe('changed')
  expect(await limitTo({ maxWaiting: 7 })).toBe('unchanged')
  expect(await readLimits()).toEqual({ ...unlimited, maxWaiting: 7 })
  const entries = await db().auditEntry.findMany({ where: { action: 'queue.limits' } })
  expect(entries).toMatchObject([{ from: { maxWaiting: 5000 }, to: { maxWaiting: 7 } }])
})

it('a change of one limit leaves the others as they are, two at once as well', async () => {
  const admin = await createUser('admin')
  const room = { maxBytesPerUser: null, maxOpenUploadsPerUser: 5 }
  const start = {
    ...{ maxWaitingPerUser: 3, maxWaiting: 30, gpuMinutesPerUserPerDay: 60, minFreeDiskBytes: 7 },
    ...room,
  }
  await setLimits(start, admin.id)
  const set = (change: object) => setLimits(limitsChange.parse(change), admin.id)
  expect(await set({ maxWaiting: 31 })).toEqual({ outcome: 'changed', limits: { ...start, maxWaiting: 31 } })
  expect(await readLimits()).toEqual({ ...start, maxWaiting: 31 })
  expect(await set({})).toMatchObject({ outcome: 'unchanged' })
  await Promise.all([set({ maxWaitingPerUser: 4 }), set({ gpuMinutesPerUserPerDay: null })])
  expect(await readLimits()).toEqual({
    ...{ maxWaitingPerUser: 4, maxWaiting: 31, gpuMinutesPerUserPerDay: null, minFreeDiskBytes: 7 },
    ...room,
  })
  expect(() => limitsChange.parse({ maxWaitings: 1 })).toThrow()
})
