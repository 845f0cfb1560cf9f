import { writeAudit } from '#core/audit/mutations'
import { db, transact } from '#core/db'
import { announce } from '#core/events/events'
import { readyEngines } from '#core/worker/engines'
import { aliveSince } from '#core/worker/liveness'
import { type OccupiedSlot, yields } from '#core/worker/yields'

/** Lets urgent jobs take the slots of others at the end of a segment, or not. */
export function setPreemption(on: boolean, actorId: string): Promise<'changed' | 'unchanged'> {
  return transact(async (tx) => {
    const { count } = await tx.queueControl.updateMany({
      where: { id: 1, preemption: !on },
      data: { preemption: on },
    })
    if (count === 0) return 'unchanged'
    await writeAudit(tx, { actorId, action: 'queue.preemption', from: { on: !on }, to: { on } })
    await announce(tx, { kind: 'control' })
    return 'changed'
  })
}

/**
 * Whether a running job shall leave its slot now, where it costs hardly any work, for an urgent one that waits.
 * Then release it as 'preempted'.
 */
export async function shouldYield(jobId: string): Promise<boolean> {
  const control = await db().queueControl.findUnique({ where: { id: 1 } })
  if (!control?.preemption || control.pausedAt) return false
  const waiting = await db().renderJob.findMany({
    where: {
      state: 'queued',
      band: 'urgent',
      batch: { pausedAt: null },
      OR: [{ notBefore: null }, { notBefore: { lte: new Date() } }],
    },
    orderBy: { priority: 'desc' },
    take: 64,
    select: { engine: true },
  })
  if (waiting.length === 0) return false
  return yields(
    jobId,
    waiting.map(({ engine }) => engine),
    await readSlots(),
  )
}

async function readSlots(): Promise<OccupiedSlot[]> {
  const workers = await db().worker.findMany({
    where: {
      state: 'ready',
      drainingAt: null,
      heartbeatAt: { gt: await aliveSince() },
    },
    orderBy: { id: 'asc' },
  })
  const jobs = await db().renderJob.findMany({
    where: { state: 'running', workerId: { in: workers.map(({ id }) => id) } },
    select: { id: true, priority: true, band: true, cancelRequestedAt: true, workerId: true },
  })
  const byWorker = new Map(jobs.map((job) => [job.workerId, job]))
  return workers.map(({ id, engines }) => {
    const job = byWorker.get(id)
    return {
      id,
      engines: readyEngines(engines),
      job: job
        ? {
            id: job.id,
            priority: job.priority,
            urgent: job.band === 'urgent',
            ending: job.cancelRequestedAt !== null,
          }
        : null,
    }
  })
}
