import { type Tx, transact } from '#core/db'
import { announce, type QueueEvent } from '#core/events/events'
import type { Prisma, RenderJob } from '#prisma/client'

/** The lines of a job's timeline and log. */
export type JobEventKind =
  | 'queued'
  | 'claimed'
  | 'stage'
  | 'released'
  | 'retrying'
  | 'lost'
  | 'cancel_requested'
  | 'cancelled'
  | 'succeeded'
  | 'failed'
  | 'moved'
  | 'resubmitted'
  | 'paused'
  | 'resumed'

/** Adds a line to a job's log and tells open pages, both with the transaction's commit. */
export async function recordEvent(
  tx: Tx,
  job: { id: string; ownerId: string },
  kind: JobEventKind,
  data: Prisma.InputJsonObject = {},
  actorId?: string,
): Promise<void> {
  await tx.jobEvent.create({ data: { jobId: job.id, kind, data, actorId } })
  await announce(tx, { kind: 'log', ownerId: job.ownerId, jobId: job.id })
}

/** The same for a line that says that the job, and with it the line, changed. */
export async function recordChange(
  tx: Tx,
  job: Changed,
  kind: JobEventKind,
  data: Prisma.InputJsonObject = {},
  actorId?: string,
): Promise<void> {
  await tx.jobEvent.create({ data: { jobId: job.id, kind, data, actorId } })
  await announce(tx, ...newsOf(job))
}

const newsOf = (job: Changed): QueueEvent[] => [
  { kind: 'log', ownerId: job.ownerId, jobId: job.id },
  changeOf(job),
]

/** Tells open pages and workers that a job, and with it the line, changed. */
export const announceChange = (tx: Tx, job: Changed): Promise<void> => announce(tx, changeOf(job))

type Changed = Pick<RenderJob, 'id' | 'ownerId' | 'batchId'>

const changeOf = ({ id, ownerId, batchId }: Changed): QueueEvent => ({
  kind: 'changed',
  ownerId,
  batchId,
  jobId: id,
})

/**
 * One line in the log of each job that changed. Of a batch's only job its open page is told too; of many of them, that
 * the batch changed.
 */
export async function recordTogether(
  tx: Tx,
  jobs: readonly (Changed & Pick<RenderJob, 'band'>)[],
  kind: JobEventKind,
  actorId: string,
  dataOf: (job: { band: string }) => { [key: string]: string } = () => ({}),
): Promise<void> {
  if (jobs.length === 0) return
  await tx.jobEvent.createMany({
    data: jobs.map((job) => ({ jobId: job.id, kind, actorId, data: dataOf(job) })),
  })
  const news = [...Map.groupBy(jobs, (job) => job.batchId)].flatMap(([batchId, [job, ...others]]) =>
    others.length === 0 ? newsOf(job) : [{ kind: 'changed' as const, ownerId: job.ownerId, batchId }],
  )
  await announce(tx, ...news)
}

/** Says in a running job's log from which frame its render goes on; nothing where the claim no longer holds. */
export function recordResumed(
  { jobId, claimToken }: { jobId: string; claimToken: string },
  frame: number,
): Promise<void> {
  return transact(async (tx) => {
    const job = await tx.renderJob.findFirst({ where: { id: jobId, state: 'running', claimToken } })
    if (job) await recordEvent(tx, job, 'resumed', { frame })
  })
}
