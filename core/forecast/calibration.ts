import { db } from '#core/db'
import { type Correction, fitCorrection, type Outcome } from '#core/forecast/correction'
import { quantile } from '#core/forecast/normal'

/** How forecasts given at submission were kept by the jobs that ended well in the last 30 days. */
export interface Calibration {
  since: Date
  jobs: number
  /** Shares from 0 to 1 that ended before the p50 and the p90 they were given; null of none. 0.5 and 0.9 are right. */
  p50Held: number | null
  p90Held: number | null
  /** Median of |p50 - actual| as a share of the actual wait, from submission to end. */
  medianError: number | null
  /** (actual - p50) / p50 at its 10th, 50th and 90th percentile: positive is later than forecast. */
  error: { p10: number; p50: number; p90: number } | null
  /** By week, oldest first; `week` is its Monday at midnight UTC. */
  weeks: { week: Date; jobs: number; p50Held: number; p90Held: number }[]
  /** For a plot: seconds that were forecast against seconds that it took. The latest 500 jobs, oldest first. */
  points: { jobId: string; finishedAt: Date; p50: number; p90: number; actual: number }[]
}

const DAYS = 30
const POINTS = 500
/** The correction is learnt anew after so long. */
const FRESH_MS = 30_000

const shared = globalThis as typeof globalThis & {
  greenroomCorrection?: { at: number; correction: Promise<Correction> }
}

/** Reads how well the forecast does: for admins. */
export async function readCalibration(): Promise<Calibration> {
  const since = new Date(Date.now() - DAYS * 24 * 3_600_000)
  const kept = await readKept(since)
  const off = kept.map(({ p50, actual }) => (actual - p50) / p50)
  return {
    since,
    ...heldOf(kept),
    medianError: orNull(
      quantile(
        kept.map(({ p50, actual }) => Math.abs(p50 - actual) / actual),
        0.5,
      ),
    ),
    error: kept.length ? { p10: quantile(off, 0.1), p50: quantile(off, 0.5), p90: quantile(off, 0.9) } : null,
    weeks: weeksOf(kept),
    points: kept.slice(-POINTS).map(({ jobId, finishedAt, p50, p90, actual }) => ({
      ...{ jobId, finishedAt, p50, p90, actual },
    })),
  }
}

/** By what simulated waits are corrected, from the same jobs; read anew twice a minute at most. */
export function readCorrection(): Promise<Correction> {
  const known = shared.greenroomCorrection
  if (known && Date.now() - known.at < FRESH_MS) return known.correction
  const correction = readOutcomes().then(fitCorrection)
  shared.greenroomCorrection = { at: Date.now(), correction }
  correction.catch(forgetCorrection)
  return correction
}

/** The next `readCorrection` learns anew. */
export function forgetCorrection(): void {
  shared.greenroomCorrection = undefined
}

interface Kept extends Outcome {
  jobId: string
  finishedAt: Date
}

/** Seconds from when a forecast was given: to the given p50 and p90, and to the end. Oldest end first. */
function readKept(since: Date): Promise<Kept[]> {
  return db().$queryRaw<Kept[]>`
    SELECT id::text AS "jobId", "finishedAt",
      greatest(1, extract(epoch FROM "forecastP50At" - "forecastAt"))::float8 AS p50,
      greatest(1, extract(epoch FROM "forecastP90At" - "forecastAt"))::float8 AS p90,
      greatest(1, extract(epoch FROM "finishedAt" - "forecastAt"))::float8 AS actual
    FROM "RenderJob"
    WHERE state = 'succeeded' AND "finishedAt" > ${since} AND "forecastP50At" IS NOT NULL
    ORDER BY "finishedAt"`
}

/** The same of what was simulated, for the latest jobs. */
async function readOutcomes(): Promise<Outcome[]> {
  const rows = await db().$queryRaw<Outcome[]>`
    SELECT extract(epoch FROM "simulatedP50At" - "forecastAt")::float8 AS p50,
      extract(epoch FROM "simulatedP90At" - "forecastAt")::float8 AS p90,
      extract(epoch FROM "finishedAt" - "forecastAt")::float8 AS actual
    FROM "RenderJob"
    WHERE state = 'succeeded' AND "simulatedP50At" IS NOT NULL
      AND "finishedAt" > now() - make_interval(days => ${DAYS}::int)
    ORDER BY "finishedAt" DESC LIMIT 800`
  return rows.reverse()
}

function heldOf(kept: readonly Outcome[]) {
  const share = (held: (one: Outcome) => boolean) => kept.filter(held).length / kept.length
  return {
    jobs: kept.length,
    p50Held: orNull(share(({ actual, p50 }) => actual <= p50)),
    p90Held: orNull(share(({ actual, p90 }) => actual <= p90)),
  }
}

function weeksOf(kept: readonly Kept[]): Calibration['weeks'] {
  const weeks = Map.groupBy(kept, ({ finishedAt }) => mondayOf(finishedAt))
  return [...weeks].map(([week, own]) => {
    const { jobs, p50Held, p90Held } = heldOf(own)
    return { week: new Date(week), jobs, p50Held: p50Held ?? 0, p90Held: p90Held ?? 0 }
  })
}

/** Midnight UTC of the week's Monday, in milliseconds. 1970 began on a Thursday. */
function mondayOf(date: Date): number {
  const day = Math.floor(date.getTime() / 86_400_000)
  return (day - ((day + 3) % 7)) * 86_400_000
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)
