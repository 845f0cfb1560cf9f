import { db } from '#core/db'
import { JOB_VIEW, type JobView, withPositions } from '#core/render-job/data'
import { type BatchState, batchState, type JobState } from '#core/render-job/state'
import { ownedBy, type Viewer } from '#core/viewer/viewer'

const SPEECH = { id: true, name: true, durationMs: true, peaks: true } as const

/** How far a batch is: its derived state and how many of its videos are done. */
export interface BatchProgress {
  state: BatchState
  total: number
  succeeded: number
  ended: number
}

const progressOf = (states: JobState[]): BatchProgress => ({
  state: batchState(states),
  total: states.length,
  succeeded: states.filter((state) => state === 'succeeded').length,
  ended: states.filter((state) => state !== 'queued' && state !== 'running').length,
})

/** One batch that the viewer may see, with its jobs in order, or null. */
export async function findBatch(id: string, viewer: Viewer) {
  const batch = await db().batch.findFirst({
    where: { id, deletedAt: null, ...ownedBy(viewer) },
    select: {
      id: true,
      name: true,
      ownerId: true,
      createdAt: true,
      pausedAt: true,
      options: true,
      speech: { select: SPEECH },
      owner: { select: { id: true, name: true } },
      jobs: { where: { deletedAt: null }, orderBy: { ordinal: 'asc' }, select: JOB_VIEW },
    },
  })
  if (!batch) return null
  const jobs: JobView[] = await withPositions(batch.jobs)
  const progress = await readBatchProgress([id])
  return { ...batch, jobs, progress: progress.get(id)! }
}

/** Progress of many batches at once, by id: one grouped query. Deleted results count as what they were. */
export async function readBatchProgress(ids: string[]): Promise<Map<string, BatchProgress>> {
  const rows = await db().renderJob.findMany({
    where: { batchId: { in: ids } },
    select: { batchId: true, state: true },
  })
  const states = Map.groupBy(rows, (row) => row.batchId)
  return new Map([...states].map(([id, jobs]) => [id, progressOf(jobs.map((job) => job.state))]))
}

/** Whether there is such a batch, for the viewer. */
export const batchExists = async (id: string, viewer: Viewer): Promise<boolean> =>
  (await db().batch.count({ where: { id, deletedAt: null, ...ownedBy(viewer) } })) > 0
