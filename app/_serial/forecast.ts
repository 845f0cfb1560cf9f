import type { Calibration } from '#core/forecast/calibration'
import type { DraftForecast } from '#core/forecast/draft'
import type { Expected, JobForecast } from '#core/forecast/forecast-data'
import { atLeast, type Viewer } from '#core/viewer/viewer'

/** A moment with even odds before p50 and nine times in ten before p90, as ISO texts. */
const expectedJson = ({ p50, p90 }: Expected) => ({ p50: p50.toISOString(), p90: p90.toISOString() })

/** When a job starts and ends, or why that can't be said; null once it has ended. */
export function forecastJson(forecast: JobForecast | null) {
  if (!forecast || 'unknown' in forecast) return forecast
  return { startAt: expectedJson(forecast.startAt), finishAt: expectedJson(forecast.finishAt) }
}

/** What a batch would cost and do; only admins see who it is that would wait longer. */
export function draftForecastJson({ times, delayed, ...forecast }: DraftForecast, viewer: Viewer) {
  return {
    ...forecast,
    times: forecastJson(times),
    ...(atLeast(viewer.role, 'operator') ? { delayed } : {}),
  }
}

/** How the forecast was kept. */
export function calibrationJson({ since, weeks, points, ...rest }: Calibration) {
  return {
    since: since.toISOString(),
    ...rest,
    weeks: weeks.map(({ week, ...own }) => ({ week: week.toISOString(), ...own })),
    points: points.map(({ finishedAt, ...own }) => ({ finishedAt: finishedAt.toISOString(), ...own })),
  }
}
