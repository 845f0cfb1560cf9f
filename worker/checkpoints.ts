import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { findOpenJobIds } from '#core/render-job/data'
import type { DataLayout } from '#core/storage/layout'

/** The folder of a job's checkpoint: it outlives the worker, and goes when the job ends. */
export const checkpointDirOf = (layout: DataLayout, jobId: string): string =>
  path.join(layout.checkpoints, jobId)

/** Removes the checkpoints of jobs that neither wait nor run, whoever ended them: of all, or of those named. */
export async function sweepCheckpoints(layout: DataLayout, jobIds?: string[]): Promise<void> {
  const found = jobIds ?? (await readdir(layout.checkpoints))
  if (found.length === 0) return
  const open = new Set(await findOpenJobIds(found))
  for (const jobId of found) {
    if (!open.has(jobId)) await rm(checkpointDirOf(layout, jobId), { recursive: true, force: true })
  }
}
