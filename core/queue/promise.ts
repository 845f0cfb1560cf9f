import { db } from '#core/db'
import { messageOf } from '#core/errors'
import { readSnapshot } from '#core/queue/forecast-data'

/**
 * Notes on jobs that were just sent when they will be done, so that it can be seen later whether that held.
 * Never fails: a job without a forecast is rendered all the same. Nothing is noted while that can't be said.
 */
export async function promiseTimes(jobIds: readonly string[]): Promise<void> {
  try {
    const { simulated, byJob, queue } = await readSnapshot({ fresh: true })
    const promises = jobIds.flatMap((id) => {
      const times = simulated.get(id)
      const forecast = byJob.get(id)
      return times && forecast && 'finishAt' in forecast ? [{ id, times, ...forecast.finishAt }] : []
    })
    if (promises.length === 0) return
    const column = (pick: (one: (typeof promises)[number]) => Date) => promises.map(pick)
    await db().$executeRaw`
      UPDATE "RenderJob" AS job SET "forecastAt" = ${new Date(queue.now)}, "forecastP50At" = given.p50,
        "forecastP90At" = given.p90, "simulatedP50At" = given.raw50, "simulatedP90At" = given.raw90
      FROM unnest(${promises.map(({ id }) => id)}::uuid[], ${column(({ p50 }) => p50)}::timestamptz[],
        ${column(({ p90 }) => p90)}::timestamptz[], ${column(({ times }) => new Date(times.finishP50))}::timestamptz[],
        ${column(({ times }) => new Date(times.finishP90))}::timestamptz[]) AS given (id, p50, p90, raw50, raw90)
      WHERE job.id = given.id`
  } catch (error) {
    console.error('no forecast could be given:', messageOf(error))
  }
}
