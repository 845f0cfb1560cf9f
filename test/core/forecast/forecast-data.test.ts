import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBatch } from '#core/batch/mutations'
import { closeDb, db } from '#core/db'
import { readPredictor } from '#core/forecast/cost'
import { forgetCostModel } from '#core/forecast/cost-data'
import { forecastDraft } from '#core/forecast/draft'
import { forgetForecast, type JobForecast, readForecast, readSnapshot } from '#core/forecast/forecast-data'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { setAging, setPaused } from '#core/queue/control'
import { setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob } from '#core/render-job/data'
import { claimNext } from '#core/render-job/lifecycle'
import type { RenderJob, User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createAsset, createUser, createWorker, queueJobs, reload } from '#test/setup/factories'

let database: TestDatabase
let member: User
let other: User
let admin: User

beforeAll(async () => {
  database = await createTestDatabase()
  member = await createUser('member', 'Mei')
  other = await createUser('member', 'Kofi')
  admin = await createUser('admin')
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})
beforeEach(async () => {
  await setPaused(false, admin.id)
  await setPolicy('fifo', admin.id)
  const open = await db().renderJob.findMany({ where: { state: { in: ['queued', 'running'] } } })
  for (const job of open) await cancelJob(job.id, { id: admin.id, role: 'admin' })
  await db().renderJob.updateMany({ data: { state: 'cancelled' } })
  await db().worker.deleteMany()
  forgetCostModel()
  forgetForecast()
})

const known = (forecast: JobForecast | undefined) => {
  if (!forecast || 'unknown' in forecast) throw new Error(`no forecast: ${JSON.stringify(forecast)}`)
  return forecast
}
const forecastOf = async (job: { id: string }) => {
  await readSnapshot({ fresh: true })
  return (await readForecast([job.id])).get(job.id)
}
const finishOf = async (job: { id: string }) => known(await forecastOf(job)).finishAt.p50.getTime()
const draftOf = async (owner: User, videos: number) => {
  const speech = await createAsset(owner.id, 'speech')
  const presenter = await createAsset(owner.id, 'presenter')
  return { speechId: speech.id, presenterIds: Array.from({ length: videos }, () => presenter.id) }
}
const forecastAsked = async (owner: User, draft: Parameters<typeof forecastDraft>[1]) => {
  await readSnapshot({ fresh: true })
  const result = await forecastDraft(owner.id, draft)
  if (result.outcome !== 'forecast') throw new Error(result.outcome)
  return result.forecast
}

describe('the forecast of jobs', () => {
  it('knows that aging will promote who has waited long before those who came later', async () => {
    await createWorker()
    const [low] = await queueJobs(member, 1)
    await moveJob(low.id, admin, { band: 'low' })
    // It is promoted in a moment: before the second of the others, which have hardly waited.
    const long = new Date(Date.now() - 4 * 3600_000 + 500)
    await db().renderJob.update({ where: { id: low.id }, data: { queuedAt: long, bandSince: long } })
    const later = await queueJobs(other, 5)
    expect(await finishOf(low)).toBeLessThan(await finishOf(later[1]))
    await setAging(null, admin.id)
    expect(await finishOf(low)).toBeGreaterThan(await finishOf(later[4]))
    await setAging(240, admin.id)
  })

  it('rises along the line, and is soonest for the one that runs', async () => {
    const worker = await createWorker()
    const jobs = await queueJobs(member, 5)
    await claimNext(worker.id)
    const ends: number[] = []
    for (const job of jobs) ends.push(await finishOf(job))
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
    expect(ends[0]).toBeGreaterThan(Date.now())
  })

  it('says that a second slot halves the wait', async () => {
    await createWorker('cuda:0')
    const jobs = await queueJobs(member, 20)
    const alone = (await finishOf(jobs[19])) - Date.now()
    await createWorker('cuda:1')
    const both = (await finishOf(jobs[19])) - Date.now()
    expect(both / alone).toBeGreaterThan(0.4)
    expect(both / alone).toBeLessThan(0.65)
  })

  it('is unknown while the queue is paused, though not for what runs, and without a living worker', async () => {
    const [job] = await queueJobs(member, 1)
    expect(await forecastOf(job)).toEqual({ unknown: 'no_worker' })
    const worker = await createWorker()
    await db().worker.update({
      where: { id: worker.id },
      data: { heartbeatAt: new Date(Date.now() - 60_000) },
    })
    expect(await forecastOf(job)).toEqual({ unknown: 'no_worker' })
    await db().worker.update({ where: { id: worker.id }, data: { heartbeatAt: new Date() } })
    const [second] = await queueJobs(member, 1)
    await claimNext(worker.id)
    await setPaused(true, admin.id)
    expect(await forecastOf(second)).toEqual({ unknown: 'paused' })
    expect(await forecastOf(job)).toHaveProperty('finishAt')
  })

  it('comes with every open job that is read, and not with ended ones', async () => {
    await createWorker()
    const [job] = await queueJobs(member, 1)
    expect((await findJob(job.id, member))?.forecast).toHaveProperty('startAt')
    await cancelJob(job.id, member)
    forgetForecast()
    expect((await findJob(job.id, member))?.forecast).toBeNull()
  })

  it('is made once for all who ask at the same time', async () => {
    await createWorker()
    await queueJobs(member, 3)
    const [a, b] = await Promise.all([readSnapshot(), readSnapshot()])
    expect(a).toBe(b)
  })

  it('lasts two seconds, and a quarter of one after a change', async () => {
    await createWorker()
    await queueJobs(member, 3)
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const at = (ms: number) => {
        vi.setSystemTime(start + ms)
        return readSnapshot()
      }
      forgetForecast()
      const first = await at(10_000)
      expect(await at(11_999)).toBe(first)
      const second = await at(12_000)
      expect(second).not.toBe(first)
      forgetForecast()
      expect(await at(12_249)).toBe(second)
      expect(await at(12_250)).not.toBe(second)
    } finally {
      vi.useRealTimers()
      forgetForecast()
    }
  })
})

describe('what is promised at submission', () => {
  it('is kept with the job, and given anew when it is sent again', async () => {
    await createWorker()
    const [job] = await queueJobs(member, 1)
    const sent = await reload(job.id)
    expect(sent.forecastP50At!.getTime()).toBeGreaterThan(sent.forecastAt!.getTime())
    expect(sent.forecastP90At!.getTime()).toBeGreaterThanOrEqual(sent.forecastP50At!.getTime())
    expect(sent.simulatedP50At).not.toBeNull()
    await cancelJob(job.id, member)
    await resubmitJob(job.id, member)
    expect((await reload(job.id)).forecastAt!.getTime()).toBeGreaterThan(sent.forecastAt!.getTime())
  })

  it('is nothing while that cannot be said, and the job is queued all the same', async () => {
    const [job] = await queueJobs(member, 1)
    expect(await reload(job.id)).toMatchObject({ state: 'queued', forecastAt: null, forecastP50At: null })
  })

  it('is told by the log when a move changes it', async () => {
    await createWorker()
    const jobs = await queueJobs(member, 4)
    await moveJob(jobs[3].id, admin, { front: true })
    const event = await db().jobEvent.findFirstOrThrow({ where: { jobId: jobs[3].id, kind: 'moved' } })
    const { before, after } = (event.data as { finishAt: Record<string, { p50: string }> }).finishAt
    expect(Date.parse(after.p50)).toBeLessThan(Date.parse(before.p50))
  })
})

describe('a draft', () => {
  it('says what it costs and when it would be done, as the batch itself is then told', async () => {
    await createWorker()
    await queueJobs(other, 3)
    const draft = await draftOf(member, 4)
    const forecast = await forecastAsked(member, draft)
    expect(forecast.gpuSeconds.p90).toBeGreaterThan(forecast.gpuSeconds.p50)
    const created = await createBatch(member.id, { name: 'Batch', ...draft })
    const jobs = created.outcome === 'created' ? created.jobs : []
    const promised = (await reload(jobs[3].id)).forecastP50At!.getTime() - Date.now()
    const said = known(forecast.times as JobForecast).finishAt.p50.getTime() - Date.now()
    expect(said / promised).toBeCloseTo(1, 0)
    const total = jobs.reduce((sum: number, job: RenderJob) => sum + job.costSeconds, 0)
    expect(forecast.gpuSeconds.p50 / total).toBeCloseTo(1, 1)
  })

  it('delays nobody under fifo, and others under fair or from a higher band', async () => {
    await createWorker()
    await lengthen(await queueJobs(other, 8))
    const draft = await draftOf(member, 3)
    await db().asset.update({ where: { id: draft.speechId }, data: { durationMs: 600_000 } })
    expect((await forecastAsked(member, draft)).delays).toEqual({ jobs: 0, atMost: 0 })
    const urgent = await forecastAsked(member, { ...draft, band: 'urgent' })
    expect(urgent.delays.jobs).toBe(8)
    expect(urgent.delays.atMost).toBeGreaterThan(10_000)
    expect(urgent.delayed).toMatchObject([{ ownerId: other.id, name: 'Kofi', jobs: 8 }])
    await setPolicy('fair', admin.id)
    const fair = await forecastAsked(member, draft)
    expect(fair.delays.jobs).toBeGreaterThan(3)
    expect(fair.delays.jobs).toBeLessThanOrEqual(8)
  })

  it('is only of what its owner has', async () => {
    const draft = await draftOf(member, 1)
    expect(await forecastDraft(other.id, draft)).toEqual({ outcome: 'speech_not_found' })
    const id = newId()
    expect(await forecastDraft(member.id, { ...draft, presenterIds: [id] })).toEqual({
      outcome: 'presenter_not_found',
      presenterId: id,
    })
  })

  it('knows its cost, though not its end, while nobody renders', async () => {
    const forecast = await forecastAsked(member, await draftOf(member, 2))
    expect(forecast.times).toEqual({ unknown: 'no_worker' })
    expect(forecast.gpuSeconds.p50).toBeGreaterThan(1)
  })
})

describe('what renders cost', () => {
  it('is learnt from those that ended', async () => {
    const worker = await createWorker()
    await db().worker.update({ where: { id: worker.id }, data: { engine: 'mouth' } })
    const jobs = await queueJobs(member, 12)
    const [{ presenterId }] = jobs
    for (const job of jobs) await ended(job, worker.id, 400)
    forgetCostModel()
    const predict = await readPredictor()
    const work = { presenterId, outputPixels: 1280 * 720, frames: 100, clipFrames: 100, cachedAnalysis: true }
    expect(predict(work, 'mouth')).toBeGreaterThan(300)
    expect(predict(work, 'mouth')).toBeLessThan(500)
  })
})

/** Gives the jobs' batch a speech of ten minutes. */
async function lengthen(jobs: RenderJob[]): Promise<void> {
  const { speechId } = await db().batch.findUniqueOrThrow({ where: { id: jobs[0].batchId } })
  await db().asset.update({ where: { id: speechId }, data: { durationMs: 600_000 } })
  await db().renderJob.updateMany({ where: { batchId: jobs[0].batchId }, data: { costSeconds: 120 } })
}

/** Makes a job one that was rendered in so many seconds. */
async function ended(job: RenderJob, workerId: string, seconds: number): Promise<void> {
  const finishedAt = new Date()
  await db().renderJob.update({
    where: { id: job.id },
    data: {
      ...{ state: 'succeeded', attempt: 1, workerId, finishedAt },
      startedAt: new Date(finishedAt.getTime() - 1000 * seconds),
      ...{ renderSeconds: seconds, resultFrames: 100, resultWidth: 1280, resultHeight: 720 },
    },
  })
}
