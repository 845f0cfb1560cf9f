import { bareName } from '#app/_components/format'
import { mediaOf, type ShownState, shownState } from '#app/_jobs/show-state'
import type { Progress } from '#app/_live/progress-store'
import type { JobForecast } from '#core/forecast/forecast-data'
import type { Band } from '#core/queue/ordering'
import type { JobView } from '#core/render-job/data'
import type { LastMove } from '#core/render-job/last-moves'

/** A job as the table needs it: less than a JobView, so that 500 of them travel lightly. */
export interface Row {
  id: string
  name: string
  fullName: string
  thumb: string | null
  batch: { id: string; name: string; paused: boolean }
  owner: { name: string; email: string }
  state: JobView['state']
  shown: ShownState | 'paused'
  cancelling: boolean
  errorCode: string | null
  position: number | null
  band: Band
  engine: string
  progress: Progress
  forecast: JobForecast | null
  since: Date
  move: LastMove | undefined
}

export function rowOf(job: JobView, paused: boolean, move: LastMove | undefined): Row {
  const { id, batch, owner, state, stage, fraction, fps, framesDone } = job
  const shown = shownState(job)
  const held = batch.pausedAt !== null
  return {
    ...{ id, state, move },
    name: bareName(job.presenter.name),
    fullName: job.presenter.name,
    thumb: mediaOf.presenterThumb(job.presenter),
    batch: { id: batch.id, name: batch.name, paused: held },
    owner: { name: owner.name, email: owner.email },
    shown: shown === 'queued' && (paused || held) ? 'paused' : shown,
    cancelling: job.cancelRequestedAt !== null,
    errorCode: job.errorCode,
    position: job.position,
    band: job.band,
    engine: job.engine,
    progress: { stage, fraction, fps, framesDone, frames: null },
    forecast: job.forecast,
    since: job.finishedAt ?? job.startedAt ?? job.queuedAt,
  }
}
