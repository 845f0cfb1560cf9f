import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { forgetCorrection, readCalibration, readCorrection } from '#core/forecast/calibration'
import { applyCorrection } from '#core/forecast/correction'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser, queueJobs } from '#test/setup/factories'

const DAY = 24 * 3_600_000

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})
beforeEach(async () => {
  await db().renderJob.updateMany({ data: { state: 'cancelled' } })
})

/** Jobs that were promised to take 100 s (p50) and 150 s (p90), and took so many. */
async function kept(actual: number[], daysAgo = 0): Promise<void> {
  const jobs = await queueJobs(await createUser(), actual.length)
  for (const [index, job] of jobs.entries()) {
    const finished = Date.now() - daysAgo * DAY
    const sent = finished - 1000 * actual[index]
    const [p50, p90] = [100, 150].map((seconds) => new Date(sent + 1000 * seconds))
    await db().renderJob.update({
      where: { id: job.id },
      data: {
        ...{ state: 'succeeded', finishedAt: new Date(finished), forecastAt: new Date(sent) },
        ...{ forecastP50At: p50, forecastP90At: p90, simulatedP50At: p50, simulatedP90At: p90 },
      },
    })
  }
}

describe('calibration', () => {
  it('says nothing of nothing', async () => {
    expect(await readCalibration()).toMatchObject({
      jobs: 0,
      p50Held: null,
      p90Held: null,
      medianError: null,
      weeks: [],
    })
  })

  it('counts those that ended before what they were promised', async () => {
    await kept([80, 90, 110, 120, 200])
    const calibration = await readCalibration()
    expect(calibration).toMatchObject({ jobs: 5, p50Held: 0.4, p90Held: 0.8 })
    expect(calibration.medianError).toBeCloseTo(10 / 60, 1)
    expect(calibration.error!.p50).toBeCloseTo(0.1, 1)
    expect(calibration.points.map((point) => Math.round(point.actual)).sort((a, b) => a - b)).toEqual([
      80, 90, 110, 120, 200,
    ])
    expect(calibration.points[0]).toMatchObject({ p50: 100, p90: 150 })
  })

  it('tells weeks apart, and forgets after 30 days', async () => {
    await kept([80, 80], 14)
    await kept([200, 200], 0)
    await kept([80], 31)
    const { jobs, weeks } = await readCalibration()
    expect(jobs).toBe(4)
    expect(weeks.map((week) => [week.jobs, week.p50Held])).toEqual([
      [2, 1],
      [2, 0],
    ])
    expect(weeks.every(({ week }) => week.getUTCDay() === 1)).toBe(true)
  })

  it('plots the latest 500, the oldest of them first', async () => {
    // More than one person may have in the line.
    const batches = await Promise.all([0, 1, 2].map(async () => queueJobs(await createUser(), 168)))
    const ids = batches.flat().map(({ id }) => id)
    await db().$executeRaw`
      UPDATE "RenderJob" AS job SET state = 'succeeded', "finishedAt" = now() - make_interval(secs => 600 - place),
        "forecastAt" = now() - interval '20 min', "forecastP50At" = now(), "forecastP90At" = now()
      FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS ended (id, place) WHERE job.id = ended.id`
    const { points } = await readCalibration()
    expect(points.map(({ jobId }) => jobId)).toEqual(ids.slice(4))
  })

  it('leaves out jobs that were promised nothing, or did not end well', async () => {
    await kept([80, 80, 80])
    const [first, second] = await db().renderJob.findMany({ where: { state: 'succeeded' } })
    await db().renderJob.update({ where: { id: first.id }, data: { state: 'failed' } })
    await db().renderJob.update({ where: { id: second.id }, data: { forecastP50At: null } })
    expect((await readCalibration()).jobs).toBe(1)
  })

  it('corrects what is said next', async () => {
    await kept(Array.from({ length: 60 }, () => 200))
    forgetCorrection()
    const wait = applyCorrection(await readCorrection(), { p50: 100, p90: 150 })
    expect(wait.p50).toBeGreaterThan(160)
    expect(wait.p90).toBeGreaterThan(180)
  })
})
