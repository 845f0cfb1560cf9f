import { expect, it } from 'vitest'
import { db, transact } from '#core/db'
import { newId } from '#core/ids'
import { arrive } from '#core/queue/arrivals'
import { enterLineTogether } from '#core/queue/entry'
import { lockForArrivals } from '#core/queue/line'
import { BANDS, FIRST_TICKET, toPriority } from '#core/queue/ordering'
import { compactIfFull, setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { type ClaimedJob, claimNext, retryLater, succeed } from '#core/render-job/lifecycle'
import type { User } from '#prisma/client'
import { createAsset, createUser, RESULT } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

/* The worked examples of core/queue/README.md, and what the clocks and the tickets do around them. */

setUpPortal()

/** Sends jobs of these names and GPU seconds to band normal; the batch is named after them. */
async function send(owner: User, costs: Record<string, number>): Promise<Record<string, string>> {
  const speech = await createAsset(owner.id, 'speech')
  const presenter = await createAsset(owner.id, 'presenter')
  return transact(async (tx) => {
    const batch = await tx.batch.create({
      data: { ownerId: owner.id, name: Object.keys(costs).join(' '), speechId: speech.id },
    })
    const line = await lockForArrivals(tx)
    const arrivals = await arrive(line, owner.id, 'normal', Object.values(costs))
    const data = Object.values(costs).map((costSeconds, ordinal) => ({
      ...{ batchId: batch.id, ownerId: owner.id, presenterId: presenter.id, ordinal, costSeconds },
      ...{ band: 'normal' as const, ...arrivals[ordinal], bossJobId: newId() },
      priority: toPriority({ band: 'normal', ticket: arrivals[ordinal].ticket }),
    }))
    const jobs = await tx.renderJob.createManyAndReturn({ data })
    await enterLineTogether(line.tx, jobs)
    return Object.fromEntries(jobs.map((job) => [Object.keys(costs)[job.ordinal], job.id]))
  })
}

/** The waiting jobs by name, in the order of the line, with what `value` says of each. */
async function line<Value>(value: (job: { ticket: number; startTag: number | null }) => Value) {
  const jobs = await db().renderJob.findMany({
    where: { state: 'queued' },
    orderBy: { priority: 'desc' },
    include: { batch: true },
  })
  return jobs.map((job) => [job.batch.name.split(' ')[job.ordinal], value(job)] as const)
}
const tickets = () => line(({ ticket }) => ticket - FIRST_TICKET)
const tags = () => line(({ startTag }) => Math.round(startTag!))

async function end(claim: ClaimedJob, seconds: number): Promise<void> {
  const startedAt = new Date(Date.now() - seconds * 1000)
  await db().renderJob.update({ where: { id: claim.jobId }, data: { startedAt } })
  expect(await succeed(claim, RESULT)).toBe(true)
}

it('fifo: the next ticket of a sequence, and a place between two for what is moved', async () => {
  const [admin, ada, bo] = [await createUser('admin'), await createUser(), await createUser()]
  const a = await send(ada, { a1: 20, a2: 20, a3: 20 })
  const b = await send(bo, { b1: 10 })
  expect(await tickets()).toEqual([
    ['a1', 0],
    ['a2', 64],
    ['a3', 128],
    ['b1', 192],
  ])
  await moveJob(b.b1, admin, { after: a.a1 })
  expect(await tickets()).toEqual([
    ['a1', 0],
    ['b1', 32],
    ['a2', 64],
    ['a3', 128],
  ])
  await moveJob(a.a3, admin, { band: 'high' })
  expect(await tickets()).toEqual([
    ['a3', 128],
    ['a1', 0],
    ['b1', 32],
    ['a2', 64],
  ])
  const { priority } = await db().renderJob.findUniqueOrThrow({ where: { id: a.a1 } })
  expect(priority).toBe(2 ** 31 - 1 - 2 * 2 ** 30 - 2 ** 29)
})

it('fair: turns in GPU seconds, and the difference to what was predicted', async () => {
  const [admin, ada, bo, cy] = [
    await createUser('admin'),
    ...(await Promise.all([1, 2, 3].map(() => createUser()))),
  ]
  await setPolicy('fair', admin.id)
  const a = await send(ada, { a1: 20, a2: 20, a3: 20 })
  await send(bo, { b1: 10, b2: 10 })
  expect(await tags()).toEqual([
    ['a1', 0],
    ['b1', 0],
    ['b2', 10],
    ['a2', 20],
    ['a3', 40],
  ])
  expect(await tickets()).toEqual([
    ['a1', 0],
    ['b1', 64],
    ['b2', 128],
    ['a2', 320],
    ['a3', 640],
  ])
  const first = (await claimNext(newId()))!
  expect(first.jobId).toBe(a.a1)
  await end(first, 35)
  expect(await tags()).toEqual([
    ['b1', 0],
    ['b2', 10],
    ['a2', 35],
    ['a3', 55],
  ])
  for (const _ of ['b1', 'b2']) await end((await claimNext(newId()))!, 10)
  await send(cy, { c1: 5 })
  expect(await tags()).toEqual([
    ['c1', 10],
    ['a2', 35],
    ['a3', 55],
  ])
  expect(await cancelJob(a.a2, ada)).toBe('cancelled')
  expect(await tags()).toEqual([
    ['c1', 10],
    ['a3', 35],
  ])
})

it('fair: what is given back lets nobody start before now', async () => {
  const [admin, ada, cy] = [await createUser('admin'), await createUser(), await createUser()]
  await setPolicy('fair', admin.id)
  const a = await send(ada, { a1: 20, a2: 20, a3: 20 })
  await send(cy, { c1: 10, c2: 10, c3: 10, c4: 10 })
  const first = (await claimNext(newId()))!
  expect(first.jobId).toBe(a.a1)
  expect(await retryLater(first, 1, { code: 'out_of_memory', message: 'x' })).toBe(true)
  for (const _ of ['c1', 'c2', 'a2', 'c3', 'c4']) await claimNext(newId())
  expect(await tags()).toEqual([
    ['a1', 0],
    ['a3', 40],
  ])
  expect(await cancelJob(a.a1, ada)).toBe('cancelled')
  expect(await tags()).toEqual([['a3', 30]])
})

it('fair: virtual time never goes back, whatever is taken late', async () => {
  const [admin, ada, cy] = [await createUser('admin'), await createUser(), await createUser()]
  await setPolicy('fair', admin.id)
  await send(ada, { a1: 20 })
  await send(cy, { c1: 10, c2: 10 })
  expect(await retryLater((await claimNext(newId()))!, 1, { code: 'out_of_memory', message: 'x' })).toBe(true)
  for (const _ of ['c1', 'c2']) await claimNext(newId())
  await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE state < 'active'`
  expect((await claimNext(newId()))?.startTag).toBe(0)
  await send(admin, { d1: 5 })
  expect(await tags()).toEqual([['d1', 10]])
})

it('fair: the clocks begin anew only when nothing waits and nothing runs', async () => {
  const [admin, ada] = [await createUser('admin'), await createUser()]
  await setPolicy('fair', admin.id)
  await send(ada, { a1: 20 })
  const first = (await claimNext(newId()))!
  await send(ada, { a2: 20 })
  expect(await tags()).toEqual([['a2', 20]])
  await end(first, 20)
  await end((await claimNext(newId()))!, 20)
  await send(ada, { a3: 20 })
  expect(await tags()).toEqual([['a3', 0]])
})

it.each(BANDS)('fair: band %s gets new tickets when its own run out', async (band) => {
  const [admin, ada] = [await createUser('admin'), await createUser()]
  await setPolicy('fair', admin.id)
  const { a1 } = await send(ada, { a1: 20 })
  if (band !== 'normal') await moveJob(a1, admin, { band })
  const { ticket } = await db().renderJob.findUniqueOrThrow({ where: { id: a1 } })
  expect(await compactIfFull(ticket + 1)).toBe(false)
  expect(await compactIfFull(ticket)).toBe(true)
})
