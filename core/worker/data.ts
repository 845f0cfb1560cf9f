import { databaseNow } from '#core/clock'
import { db } from '#core/db'
import { WORKER_SILENT_MS } from '#core/worker/liveness'

/** The slots that are or were lately there, with whether they are alive. */
export async function listWorkers() {
  const now = (await databaseNow()).getTime()
  const workers = await db().worker.findMany({
    where: { state: { not: 'stopped' }, heartbeatAt: { gt: new Date(now - 24 * 3_600_000) } },
    orderBy: { device: 'asc' },
  })
  return workers.map((worker) => ({
    ...worker,
    alive: now - worker.heartbeatAt.getTime() < WORKER_SILENT_MS,
  }))
}
