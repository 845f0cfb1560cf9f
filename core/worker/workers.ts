import { databaseNow } from '#core/clock'
import { db, transact } from '#core/db'
import { announce } from '#core/events/events'
import type { EngineReadiness } from '#core/worker/engines'
import { aliveSince } from '#core/worker/liveness'

/** 'waiting': another process holds the device; 'not_ready': none of its engines is. */
export type WorkerState = 'starting' | 'waiting' | 'not_ready' | 'ready' | 'stopped'

export interface WorkerIdentity {
  id: string
  host: string
  pid: number
  device: string
  engine: string
  engineVersion: string
  /** Of Greenroom. */
  version: string
}

/** What a worker says of itself with each heartbeat. */
export interface WorkerFacts {
  engines: readonly EngineReadiness[]
  rssBytes: number
}

/** What an admin asked of a worker: see core/worker/drain.ts. */
export interface WorkerOrders {
  draining: boolean
  stop: boolean
}

/** Adds this worker's row, in state 'starting'; twice is as good as once. */
export async function registerWorker(identity: WorkerIdentity): Promise<void> {
  const row = { ...identity, state: 'starting' as const }
  await db().worker.upsert({ where: { id: identity.id }, create: row, update: row })
}

/** Changes a worker's state and tells open pages. */
export function setWorkerState(id: string, state: WorkerState): Promise<void> {
  return transact(async (tx) => {
    await tx.worker.updateMany({
      where: { id },
      data: {
        state,
        heartbeatAt: await databaseNow(tx),
        ...(state === 'stopped' ? { currentJobId: null } : {}),
      },
    })
    await announce(tx, { kind: 'control' })
  })
}

/** Says that a worker is alive, and returns what is asked of it; null when nobody knows it any more. */
export async function beatWorker(
  id: string,
  { engines, rssBytes }: WorkerFacts,
): Promise<WorkerOrders | null> {
  const [worker] = await db().worker.updateManyAndReturn({
    where: { id },
    data: { heartbeatAt: await databaseNow(), engines: [...engines], rssBytes: BigInt(rssBytes) },
    select: { drainingAt: true, stopRequestedAt: true },
  })
  return worker ? { draining: worker.drainingAt !== null, stop: worker.stopRequestedAt !== null } : null
}

/**
 * Marks as stopped every other worker of this machine and device but those that wait for it, and returns the ids of
 * those that still own running jobs. Only for the process that holds the device's lock: while it does, they are dead.
 * A slot that was drained stays so, whatever process stands behind it.
 */
export async function buryPredecessors({ id, host, device }: WorkerIdentity): Promise<string[]> {
  const sameSlot = { id: { not: id }, host, device }
  const before = await db().worker.findFirst({ where: sameSlot, orderBy: { heartbeatAt: 'desc' } })
  if (before?.drainingAt) await db().worker.update({ where: { id }, data: { drainingAt: before.drainingAt } })
  const gone = { state: 'waiting', heartbeatAt: { lt: await aliveSince() } }
  await db().worker.updateMany({
    where: { ...sameSlot, OR: [{ state: { in: ['starting', 'not_ready', 'ready'] } }, gone] },
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
  const recently = new Date((await databaseNow()).getTime() - 60_000)
  const living = await db().worker.findMany({
    where: { state: { not: 'stopped' }, heartbeatAt: { gt: recently } },
    select: { id: true },
  })
  return living.map((worker) => worker.id)
}
