import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { countRun, forgetOldUse } from '#core/limits/day-use'
import { readUsage } from '#core/limits/limits'
import { cancelJob } from '#core/render-job/actions/cancel'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import {
  claimNext,
  confirmCancelled,
  fail,
  recoverLost,
  release,
  retryLater,
  succeed,
} from '#core/render-job/lifecycle'
import type { Claim } from '#core/render-job/transition'
import { emptyOwnTrash } from '#core/trash/empty'
import { trashJob } from '#core/trash/mutations'
import { claimedJob, createUser, queueJobs, RESULT } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const FAILURE = { code: 'engine_failed', message: 'It stopped.' } as const
const COST = 40
const HOUR = 3600

/** A job that is predicted to take COST and has run for so long. */
async function running(seconds: number) {
  const owner = await createUser()
  const { job, claim } = await claimedJob(owner)
  await db().renderJob.update({ where: { id: job.id }, data: { costSeconds: COST } })
  await hasRun(claim, seconds)
  return { owner, job, claim }
}

const hasRun = (claim: Claim, seconds: number) =>
  db().renderJob.update({
    where: { id: claim.jobId },
    data: { startedAt: new Date(Date.now() - seconds * 1000) },
  })

/** As much of the last seconds as were after midnight, UTC. */
const ofToday = (seconds: number) => Math.min(seconds, (Date.now() / 1000) % (24 * HOUR))

/** The user's GPU time of today is this, give or take what the test itself takes. */
async function expectUse(ownerId: string, seconds: number) {
  const { gpuSeconds } = await readUsage(ownerId)
  expect(Math.abs(gpuSeconds - seconds), `${gpuSeconds} instead of ${seconds}`).toBeLessThan(10)
}

const counted = async (userId: string) =>
  (await db().dayUse.findMany({ where: { userId }, orderBy: { day: 'asc' } })).map(
    ({ day, gpuSeconds }) => [day.toISOString().slice(0, 10), gpuSeconds] as const,
  )

describe('GPU time of today stays counted', () => {
  it('when the job is resubmitted, cancelled and deleted', async () => {
    const { owner, job, claim } = await running(500)
    await fail(claim, FAILURE)
    await expectUse(owner.id, ofToday(500))
    expect(await resubmitJob(job.id, owner)).toBe('queued')
    await expectUse(owner.id, ofToday(500) + COST)
    expect(await cancelJob(job.id, owner)).toBe('cancelled')
    await expectUse(owner.id, ofToday(500))
    expect(await trashJob(job.id, owner)).toBe('deleted')
    await expectUse(owner.id, ofToday(500))
    await emptyOwnTrash(owner.id)
    expect(await db().renderJob.count()).toBe(0)
    await expectUse(owner.id, ofToday(500))
  })

  it('over all turns of a job: put back, tried again, resubmitted', async () => {
    const { owner, job, claim } = await running(200)
    await release(claim, 'shutdown')
    await expectUse(owner.id, ofToday(200) + COST)
    const second = (await claimNext(newId()))!
    await hasRun(second, 300)
    await expectUse(owner.id, ofToday(200) + ofToday(300))
    await retryLater(second, 1, FAILURE)
    await expectUse(owner.id, ofToday(200) + ofToday(300) + COST)
    await cancelJob(job.id, owner)
    await resubmitJob(job.id, owner)
    const third = (await claimNext(newId()))!
    await hasRun(third, 400)
    await succeed(third, RESULT)
    await expectUse(owner.id, ofToday(200) + ofToday(300) + ofToday(400))
  })

  it('with nothing counted twice, or for a worker that lost its job', async () => {
    const { owner, claim } = await running(500)
    const ended = await Promise.all([
      fail(claim, FAILURE),
      succeed(claim, RESULT),
      release(claim, 'preempted'),
    ])
    expect(ended.filter(Boolean)).toHaveLength(1)
    await expectUse(owner.id, ofToday(500) + (ended[2] ? COST : 0))
  })

  it('with each of many turns that end at once', async () => {
    const owner = await createUser()
    await queueJobs(owner, 12)
    const claims: Claim[] = []
    for (let n = 0; n < 12; n++) claims.push((await claimNext(newId()))!)
    for (const claim of claims) await hasRun(claim, 30 * HOUR)
    const ended = await Promise.all(claims.map((claim) => fail(claim, FAILURE)))
    expect(ended).toEqual(claims.map(() => true))
    const sum = (await counted(owner.id)).reduce((seconds, [, more]) => seconds + more, 0)
    expect(Math.abs(sum - 12 * 30 * HOUR)).toBeLessThan(60)
  })
})

describe('a render that began on another day', () => {
  const ways: [string, (claim: Claim) => Promise<unknown>, predicted: number][] = [
    ['runs', async () => {}, 0],
    ['succeeds', (claim) => succeed(claim, RESULT), 0],
    ['fails', (claim) => fail(claim, FAILURE), 0],
    ['is cancelled', confirmCancelled, 0],
    ['is tried again', (claim) => retryLater(claim, 1, FAILURE), COST],
    ['is put back', (claim) => release(claim, 'shutdown'), COST],
    ['is lost', () => recoverLost({ silentMs: -HOUR * 1000, exceptWorkerId: newId() }), COST],
  ]

  it.each(ways)('counts for today only from midnight on: it %s', async (_name, goOn, predicted) => {
    const { owner, claim } = await running(30 * HOUR)
    await goOn(claim)
    await expectUse(owner.id, ofToday(30 * HOUR) + predicted)
  })
})

it('counts each day’s part of a turn for that day of UTC', async () => {
  const { id: ownerId } = await createUser()
  const turn = { ownerId, startedAt: new Date('2026-11-22T23:59:50.500Z') }
  const count = (endedAt: string) => countRun(db(), turn, new Date(endedAt))
  await count('2026-11-22T23:59:50Z')
  expect(await counted(ownerId)).toEqual([])
  await count('2026-11-24T00:00:20Z')
  expect(await counted(ownerId)).toEqual([
    ['2026-11-22', 9.5],
    ['2026-11-23', 86_400],
    ['2026-11-24', 20],
  ])
  await count('2026-11-23T00:00:00Z')
  expect((await counted(ownerId))[0]).toEqual(['2026-11-22', 19])
  expect(await counted(ownerId)).toHaveLength(3)
})

it('forgets days long past, not those of the last weeks', async () => {
  const { id: ownerId } = await createUser()
  for (const days of [0, 30, 40]) {
    const endedAt = new Date(Date.now() - days * 24 * HOUR * 1000)
    await countRun(db(), { ownerId, startedAt: new Date(endedAt.getTime() - 1000) }, endedAt)
  }
  await db().$executeRaw`UPDATE "DayUse" SET "gpuSeconds" = 1`
  const before = await counted(ownerId)
  await forgetOldUse()
  expect(await counted(ownerId)).toEqual(before.slice(-2))
})
