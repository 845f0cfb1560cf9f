import { afterEach, describe, expect, it, vi } from 'vitest'
import { findBatch, readBatchProgress } from '#core/batch/data'
import { createBatch } from '#core/batch/mutations'
import { batchRequest, MAX_BATCH_VIDEOS } from '#core/batch/schema'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { boss } from '#core/queue/boss'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext, fail, succeed } from '#core/render-job/lifecycle'
import { disableUser } from '#core/user/mutations'
import type { User } from '#prisma/client'
import { createAsset, createUser, queueJobs, RESULT } from '#test/setup/factories'
import { heard } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()
afterEach(() => vi.restoreAllMocks())

async function request(owner: User, videos: number) {
  const speech = await createAsset(owner.id, 'speech')
  const presenters = await Promise.all(
    Array.from({ length: videos }, () => createAsset(owner.id, 'presenter')),
  )
  return { name: 'Launch', speechId: speech.id, presenterIds: presenters.map((asset) => asset.id) }
}

const stored = async () => ({
  batches: await db().batch.count(),
  jobs: await db().renderJob.count(),
  events: await db().jobEvent.count(),
  entries: (await db().$queryRaw<{ n: bigint }[]>`SELECT count(*) AS n FROM pgboss.job`)[0].n,
})
const NOTHING = { batches: 0, jobs: 0, events: 0, entries: 0n }

/** The presenters in the order in which their jobs are given out. */
async function drain(): Promise<string[]> {
  const order: string[] = []
  for (let claim = await claimNext(newId()); claim; claim = await claimNext(newId()))
    order.push(claim.presenterId)
  return order
}

it('queues one job per video, in the order of the request', async () => {
  const owner = await createUser()
  const given = await request(owner, 7)
  given.presenterIds.reverse()
  let result: Awaited<ReturnType<typeof createBatch>> | undefined
  const events = await heard(database().url, async () => {
    result = await createBatch(owner.id, given)
  })
  if (result?.outcome !== 'created') throw new Error(result?.outcome)
  expect(result.batch).toMatchObject({ ownerId: owner.id, name: 'Launch', speechId: given.speechId })
  expect(result.jobs.map((job) => job.presenterId)).toEqual(given.presenterIds)
  expect(result.jobs.map((job) => job.ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(events).toEqual([{ kind: 'changed', ownerId: owner.id, batchId: result.batch.id }])
  expect(await stored()).toEqual({ batches: 1, jobs: 7, events: 7, entries: 7n })
  expect(await drain()).toEqual(given.presenterIds)
})

it('takes the same presenter twice', async () => {
  const owner = await createUser()
  const given = await request(owner, 2)
  const presenterIds = [given.presenterIds[0], given.presenterIds[1], given.presenterIds[0]]
  expect(await createBatch(owner.id, { ...given, presenterIds })).toMatchObject({ outcome: 'created' })
  expect(await drain()).toEqual(presenterIds)
})

it('takes as many videos as a batch may have', async () => {
  const owner = await createUser()
  const jobs = await queueJobs(owner, MAX_BATCH_VIDEOS)
  expect(jobs.length).toBe(MAX_BATCH_VIDEOS)
  expect((await claimNext(newId()))?.jobId).toBe(jobs[0].id)
})

describe('is all or nothing', () => {
  it('leaves nothing behind when pg-boss refuses', async () => {
    const owner = await createUser()
    const given = await request(owner, 3)
    vi.spyOn(await boss(), 'insert').mockRejectedValue(new Error('no room'))
    await expect(createBatch(owner.id, given)).rejects.toThrow('no room')
    expect(await stored()).toEqual(NOTHING)
  })

  it('leaves nothing behind when it breaks after pg-boss took the jobs', async () => {
    const owner = await createUser()
    const given = await request(owner, 3)
    const real = await boss()
    const insert = real.insert.bind(real)
    vi.spyOn(real, 'insert').mockImplementation(async (...args) => {
      await insert(...args)
      throw new Error('broken off')
    })
    await expect(createBatch(owner.id, given)).rejects.toThrow('broken off')
    expect(await stored()).toEqual(NOTHING)
    expect(await drain()).toEqual([])
  })
})

it('keeps the order inside each of six batches made at once', async () => {
  const owners = await Promise.all([1, 2, 3].flatMap(() => [createUser(), createUser()]))
  const requests = await Promise.all(owners.map((owner) => request(owner, 10)))
  const results = await Promise.all(owners.map((owner, index) => createBatch(owner.id, requests[index])))
  expect(results.map((result) => result.outcome)).toEqual(owners.map(() => 'created'))
  const order = await drain()
  expect(order.length).toBe(60)
  for (const { presenterIds } of requests)
    expect(order.filter((id) => presenterIds.includes(id))).toEqual(presenterIds)
})

describe('refuses', () => {
  it('a disabled owner, and an unknown one', async () => {
    const owner = await createUser()
    const given = await request(owner, 1)
    await db().user.update({ where: { id: owner.id }, data: { disabledAt: new Date() } })
    expect(await createBatch(owner.id, given)).toEqual({ outcome: 'owner_disabled' })
    expect(await createBatch(newId(), given)).toEqual({ outcome: 'owner_disabled' })
    expect(await stored()).toEqual(NOTHING)
  })

  it("somebody else's assets, unknown ones, and those of the wrong kind", async () => {
    const [owner, other] = [await createUser(), await createUser('admin')]
    const [own, foreign] = [await request(owner, 2), await request(other, 1)]
    const attempt = (change: object) => createBatch(owner.id, { ...own, ...change })
    const [foreignPresenter] = foreign.presenterIds
    expect(await attempt({ speechId: foreign.speechId })).toEqual({ outcome: 'speech_not_found' })
    expect(await attempt({ speechId: newId() })).toEqual({ outcome: 'speech_not_found' })
    expect(await attempt({ speechId: own.presenterIds[0] })).toEqual({ outcome: 'speech_not_found' })
    for (const wrong of [foreignPresenter, newId(), own.speechId])
      expect(await attempt({ presenterIds: [...own.presenterIds, wrong] })).toEqual({
        outcome: 'presenter_not_found',
        presenterId: wrong,
      })
    expect(await stored()).toEqual(NOTHING)
  })

  it('what the form must not send', () => {
    const good = { name: ' Launch ', speechId: newId(), presenterIds: [newId()] }
    expect(batchRequest.parse(good).name).toBe('Launch')
    const tooMany = Array.from({ length: MAX_BATCH_VIDEOS + 1 }, newId)
    for (const bad of [
      { name: ' ' },
      { name: 'x'.repeat(121) },
      { presenterIds: [] },
      { presenterIds: tooMany },
    ])
      expect(batchRequest.safeParse({ ...good, ...bad }).success).toBe(false)
  })
})

it('racing with the disabling of its owner: refused, or its jobs are taken out again', async () => {
  const admin = await createUser('admin')
  const outcomes = new Set<string>()
  for (let round = 0; round < 16; round++) {
    const owner = await createUser()
    const given = await request(owner, 3)
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
    const lead = (round % 8) - 3
    const [{ outcome }] = await Promise.all([
      pause(-lead).then(() => createBatch(owner.id, given)),
      pause(lead).then(() => disableUser(owner.id, admin)),
    ])
    outcomes.add(outcome)
    expect(await db().renderJob.count({ where: { ownerId: owner.id, state: 'queued' } })).toBe(0)
  }
  expect([...outcomes].every((outcome) => ['created', 'owner_disabled'].includes(outcome))).toBe(true)
})

it('shows how far it is', async () => {
  const [owner, stranger] = [await createUser(), await createUser()]
  const jobs = await queueJobs(owner, 3)
  const { batchId } = jobs[0]
  const progress = async () => (await findBatch(batchId, owner))?.progress
  expect(await progress()).toEqual({ state: 'waiting', total: 3, succeeded: 0, ended: 0 })
  expect(await findBatch(batchId, stranger)).toBeNull()
  expect((await findBatch(batchId, owner))?.jobs.map((job) => job.position)).toEqual([1, 2, 3])
  const claim = await claimNext(newId())
  expect(await progress()).toMatchObject({ state: 'running', ended: 0 })
  await succeed(claim!, RESULT)
  await fail((await claimNext(newId()))!, { code: 'no_face', message: 'No face.' })
  expect(await progress()).toEqual({ state: 'waiting', total: 3, succeeded: 1, ended: 2 })
  await cancelJob(jobs[2].id, owner)
  expect(await progress()).toEqual({ state: 'partial', total: 3, succeeded: 1, ended: 3 })
  expect((await readBatchProgress([batchId, newId()])).size).toBe(1)
})
