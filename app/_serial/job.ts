import { CATALOGUES } from '#app/_i18n/catalogues'
import { optionsOf } from '#core/engine/options'
import type { JobView } from '#core/render-job/data'
import { forecastJson } from './forecast.ts'

export type JobJson = ReturnType<typeof jobJson>

/** A render job as the API answers it and as pages take it. Times are ISO texts. */
export function jobJson(job: JobView) {
  return {
    id: job.id,
    batchId: job.batchId,
    batchName: job.batch.name,
    ordinal: job.ordinal,
    state: job.state,
    position: job.position,
    jobsAhead: job.position === null ? null : job.position - 1,
    forecast: forecastJson(job.forecast),
    /** Its batch is paused: it has no position, and gets its place back when the batch goes on. */
    paused: job.state === 'queued' && job.batch.pausedAt !== null,
    engine: job.engine,
    options: optionsOf(job.batch.options),
    band: job.band,
    attempt: job.attempt,
    stage: job.stage,
    fraction: job.fraction,
    framesDone: job.framesDone,
    fps: job.fps,
    cancelling: job.cancelRequestedAt !== null,
    error: errorOf(job),
    presenter: presenterOf(job),
    owner: { id: job.owner.id, name: job.owner.name },
    queuedAt: job.queuedAt.toISOString(),
    notBefore: isoOrNull(job.notBefore),
    startedAt: isoOrNull(job.startedAt),
    finishedAt: isoOrNull(job.finishedAt),
    result: resultOf(job),
  }
}

/** Where a presenter's or speech's picture is, or null when it has none. */
export const assetThumbnailUrl = (asset: { id: string; thumbnailKey: string | null }): string | null =>
  asset.thumbnailKey ? `/api/v1/assets/${asset.id}/thumbnail` : null

export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null

function errorOf({ errorCode, errorMessage, errorParams }: JobView) {
  if (!errorCode) return null
  const params = (errorParams ?? {}) as Record<string, string | number>
  const texts: Record<string, string> = CATALOGUES.en.jobError
  return { code: errorCode, message: errorMessage ?? texts[errorCode] ?? texts.unknown, params }
}

function presenterOf({ presenter }: JobView) {
  const { id, name, durationMs, width, height } = presenter
  return { id, name, durationMs, width, height, thumbnail: assetThumbnailUrl(presenter) }
}

function resultOf(job: JobView) {
  if (!job.resultKey) return null
  const url = `/api/v1/jobs/${job.id}/result`
  return {
    url,
    downloadUrl: `${url}?download=1`,
    thumbnail: job.resultThumbKey ? `/api/v1/jobs/${job.id}/thumbnail` : null,
    bytes: Number(job.resultBytes ?? 0),
    frames: job.resultFrames,
    fps: job.resultFps,
    width: job.resultWidth,
    height: job.resultHeight,
    durationMs: job.resultDurationMs,
  }
}
