import { db } from '#core/db'
import type { Band } from '#core/queue/ordering'
import { JOB_VIEW, type JobView, withPositions } from '#core/render-job/data'
import type { JobState } from '#core/render-job/state'

/** Which jobs of everybody's. */
export interface JobsWhere {
  states: JobState[]
  ownerId?: string
  batchId?: string
  band?: Band
  engine?: string
}

/**
 * Everybody's jobs that match, and how many there are in all: for admins. Running ones first, then the line in
 * its order, then what has ended, newest first.
 */
export async function listJobsBy(
  { states, ...same }: JobsWhere,
  limit: number,
): Promise<{ jobs: JobView[]; total: number }> {
  const where = { ...same, deletedAt: null }
  const ended = states.filter((state) => state !== 'running' && state !== 'queued')
  const [running, waiting, past, total] = await Promise.all([
    states.includes('running')
      ? db().renderJob.findMany({
          where: { ...where, state: 'running' },
          orderBy: { startedAt: 'asc' },
          take: limit,
          select: JOB_VIEW,
        })
      : [],
    states.includes('queued')
      ? db().renderJob.findMany({
          where: { ...where, state: 'queued' },
          orderBy: { priority: 'desc' },
          take: limit,
          select: JOB_VIEW,
        })
      : [],
    ended.length > 0
      ? db().renderJob.findMany({
          where: { ...where, state: { in: ended } },
          orderBy: [{ finishedAt: 'desc' }, { id: 'desc' }],
          take: limit,
          select: JOB_VIEW,
        })
      : [],
    db().renderJob.count({ where: { ...where, state: { in: states } } }),
  ])
  return { jobs: await withPositions([...running, ...waiting, ...past]), total }
}

/** The newest batches that have jobs in these states, to choose one of them. */
export function listBatchesWith(states: JobState[]): Promise<{ id: string; name: string }[]> {
  return db().batch.findMany({
    where: { jobs: { some: { state: { in: states }, deletedAt: null } } },
    orderBy: { createdAt: 'desc' },
    take: 100,
    select: { id: true, name: true },
  })
}
