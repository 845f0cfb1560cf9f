import type { findBatch } from '#core/batch/data'
import { optionsOf } from '#core/engine/options'
import { jobJson } from './job.ts'

export type BatchJson = ReturnType<typeof batchJson>

/** A batch with its jobs in order, as the API answers it and as pages take it. */
export function batchJson(batch: NonNullable<Awaited<ReturnType<typeof findBatch>>>) {
  const { id, name, owner, speech, progress } = batch
  return {
    id,
    name,
    createdAt: batch.createdAt.toISOString(),
    owner,
    paused: batch.pausedAt !== null,
    options: optionsOf(batch.options),
    speech: { ...speech, media: `/api/v1/assets/${speech.id}/media` },
    progress,
    jobs: batch.jobs.map(jobJson),
  }
}
