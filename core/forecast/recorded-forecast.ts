import { db, transact } from '#core/db'
import { messageOf } from '#core/errors'
import { type Expected, readForecast, readSnapshot } from '#core/forecast/forecast-data'
import { lockLine } from '#core/queue/line'

/**
 * In longer lines nothing is noted: whoever sends or moves a job would wait for a forecast of all of it, 1.2 s with
 * 100,000 jobs. Pages forecast all the same.
 */
const MAX_LINE = 5000

/**
 * Notes on jobs that were just sent when they will be done, so that it can be seen later whether that held.
 * Never fails: a job without a forecast is rendered all the same. Nothing is noted while that can't be said.
 */
export async function recordForecast(jobIds: readonly string[]): Promise<void> {
  try {
    if (await isLong()) return
    const { simulated, byJob, queue } = await readSnapshot({ fresh: true })
    const expected = jobIds.flatMap((id) => {
      const times = simulated.get(id)
      const forecast = byJob.get(id)
      return times && forecast && 'finishAt' in forecast ? [{ id, times, ...forecast.finishAt }] : []
    })
    if (expected.length === 0) return
    const column = (pick: (one: (typeof expected)[number]) => Date) => expected.map(pick)
    await transact(async (tx) => {
      // Nobody who writes to many rows in another order is about.
      await lockLine(tx, 'shared')
      await tx.$executeRaw`
      UPDATE "RenderJob" AS job SET "forecastAt" = ${new Date(queue.now)}, "forecastP50At" = given.p50,
        "forecastP90At" = given.p90, "simulatedP50At" = given.raw50, "simulatedP90At" = given.raw90
      FROM unnest(${expected.map(({ id }) => id)}::uuid[], ${column(({ p50 }) => p50)}::timestamptz[],
        ${column(({ p90 }) => p90)}::timestamptz[], ${column(({ times }) => new Date(times.finishP50))}::timestamptz[],
        ${column(({ times }) => new Date(times.finishP90))}::timestamptz[]) AS given (id, p50, p90, raw50, raw90)
      WHERE job.id = given.id`
    })
  } catch (error) {
    console.error('no forecast could be given:', messageOf(error))
  }
}

/**
 * Remembers when a waiting job will be done, as far as that can be said. The returned function adds to the line that
 * a move left in the job's log what the move did to that. Never fails.
 */
export async function watchForecast(jobId: string): Promise<() => Promise<void>> {
  try {
    if (await isLong()) return async () => {}
  } catch {
    // Without the database the move itself says what is wrong.
  }
  const before = await readExpected(jobId)
  return () => noteMoved(jobId, before)
}

async function readExpected(jobId: string): Promise<Expected | null> {
  try {
    const forecast = (await readForecast([jobId])).get(jobId)
    return forecast && 'finishAt' in forecast ? forecast.finishAt : null
  } catch {
    return null
  }
}

async function noteMoved(jobId: string, before: Expected | null): Promise<void> {
  try {
    await readSnapshot({ fresh: true })
    const after = await readExpected(jobId)
    const data = JSON.stringify({ finishAt: { before, after } })
    await db().$executeRaw`
      UPDATE "JobEvent" SET data = data || ${data}::jsonb
      WHERE id = (SELECT max(id) FROM "JobEvent" WHERE "jobId" = ${jobId}::uuid AND kind = 'moved')`
  } catch (error) {
    console.error('what a move did to the forecast is not known:', messageOf(error))
  }
}

/** Reads no more of the line than it has to. */
async function isLong(): Promise<boolean> {
  const beyond = await db().$queryRaw<unknown[]>`
    SELECT 1 FROM "RenderJob" WHERE state = 'queued' LIMIT 1 OFFSET ${MAX_LINE}`
  return beyond.length > 0
}
