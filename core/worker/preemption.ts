import { writeAudit } from '#core/audit/mutations'
import { db, transact } from '#core/db'
import { announce } from '#core/events/events'
import { readyEngines } from '#core/worker/engines'
import { aliveSince } from '#core/worker/liveness'

/** Lets urgent jobs take the slots of others at the end of a segment, or not. */
export function setPreemption(on: boolean, actorId: string): Promise<'changed' | 'unchanged'> {
  return transact(async (tx) => {
    const { count } = await tx.queueControl.updateMany({
      where: { id: 1, preemption: !on },
      data: { preemption: on },
    })
    if (count === 0) return 'unchanged'
    await writeAudit(tx, { actorId, action: 'queue.preemption', data: { on } })
    await announce(tx, { kind: 'control' })
    return 'changed'
  })
}

/** A slot that is alive, and what runs there. Null engines: all. */
export interface OccupiedSlot {
  id: string
  engines: readonly string[] | null
  job: { id: string; priority: number; urgent: boolean; ending: boolean } | null
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

/**
 * The rule, pure: each urgent job that waits, in their order, gets a free slot that has its engine; where there is
 * none, the slot of the last in line among those that run, urgent ones excepted.
 */
export function yields(jobId: string, urgent: readonly string[], slots: readonly OccupiedSlot[]): boolean {
  const left = [...slots]
  for (const engine of urgent) {
    const able = left.filter((slot) => slot.engines === null || slot.engines.includes(engine))
    const slot = able.find(({ job }) => job === null || job.ending) ?? lowest(able)
    if (!slot) continue
    if (slot.job?.id === jobId && !slot.job.ending) return true
    left.splice(left.indexOf(slot), 1)
  }
  return false
}

const lowest = (slots: readonly OccupiedSlot[]): OccupiedSlot | undefined =>
  slots
    .filter(({ job }) => job && !job.urgent)
    .reduce<OccupiedSlot | undefined>(
      (least, slot) => (least && least.job!.priority <= slot.job!.priority ? least : slot),
      undefined,
    )

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
