import { db, transact } from '#core/db'
import { announce } from '#core/queue/events'

/** A worker counts as gone when its heartbeat is older than this. */
export const WORKER_SILENT_MS = 30_000

export type WorkerState = 'starting' | 'waiting' | 'ready' | 'stopped'

export interface WorkerIdentity {
  id: string
  host: string
  pid: number
  device: string
  engine: string
  engineVersion: string
}

/** Adds this worker's row, in state 'starting'. */
export async function registerWorker(identity: WorkerIdentity): Promise<void> {
  await db().worker.create({ data: { ...identity, state: 'starting' } })
}

/** Changes a worker's state and tells open pages. */
export function setWorkerState(id: string, state: WorkerState): Promise<void> {
  return transact(async (tx) => {
    await tx.worker.updateMany({
      where: { id },
      data: { state, heartbeatAt: new Date(), ...(state === 'stopped' ? { currentJobId: null } : {}) },
    })
    await announce(tx, { kind: 'control' })
  })
}

/** Says that a worker is alive. */
export async function beatWorker(id: string): Promise<void> {
  await db().worker.updateMany({ where: { id }, data: { heartbeatAt: new Date() } })
}

/**
 * Marks as stopped every other worker of this machine and device that does not wait for it, and returns the ids of
 * those that still own running jobs. Only for the process that holds the device's lock: while it does, they are dead.
 */
export async function buryPredecessors({ id, host, device }: WorkerIdentity): Promise<string[]> {
  const sameSlot = { id: { not: id }, host, device }
  await db().worker.updateMany({
    where: { ...sameSlot, state: { in: ['starting', 'ready'] } },
    data: { state: 'stopped', currentJobId: null },
  })
  const running = await db().renderJob.findMany({ where: { state: 'running' }, select: { workerId: true } })
  const owners = await db().worker.findMany({
    where: { ...sameSlot, id: { in: running.flatMap((job) => job.workerId ?? []) } },
    select: { id: true },
  })
  return owners.map((worker) => worker.id)
}

/** Ids of the workers that may still be using their scratch folder. */
export async function livingWorkerIds(): Promise<string[]> {
  const living = await db().worker.findMany({
    where: { state: { not: 'stopped' }, heartbeatAt: { gt: new Date(Date.now() - 60_000) } },
    select: { id: true },
  })
  return living.map((worker) => worker.id)
}
