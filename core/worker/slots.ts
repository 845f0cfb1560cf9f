import { db } from '#core/db'
import { listWorkers } from '#core/worker/data'
import { type EngineReadiness, parseEngines } from '#core/worker/engines'

/** What a slot renders now. */
export interface SlotJob {
  id: string
  presenterName: string
  batchId: string
  batchName: string
  ownerName: string
  stage: string | null
  fraction: number
  fps: number | null
  startedAt: Date | null
  cancelling: boolean
}

type Worker = Awaited<ReturnType<typeof listWorkers>>[number]

/** A slot with what it renders and which engines it has: for admins. */
export type SlotView = Worker & { readiness: EngineReadiness[]; currentJob: SlotJob | null }

/** The slots that are or were lately there, in the order of their machines and devices. */
export async function listSlots(): Promise<SlotView[]> {
  const workers = await listWorkers()
  const rows = await db().renderJob.findMany({
    where: { state: 'running', workerId: { in: workers.map(({ id }) => id) } },
    include: {
      presenter: { select: { name: true } },
      batch: { select: { name: true } },
      owner: { select: { name: true } },
    },
  })
  const jobs = new Map(
    rows.map((row): [string | null, SlotJob] => [
      row.workerId,
      {
        id: row.id,
        presenterName: row.presenter.name,
        batchId: row.batchId,
        batchName: row.batch.name,
        ownerName: row.owner.name,
        stage: row.stage,
        fraction: row.fraction,
        fps: row.fps,
        startedAt: row.startedAt,
        cancelling: row.cancelRequestedAt !== null,
      },
    ]),
  )
  return workers
    .map((worker) => ({
      ...worker,
      readiness: parseEngines(worker.engines),
      currentJob: jobs.get(worker.id) ?? null,
    }))
    .sort((a, b) => a.host.localeCompare(b.host) || a.device.localeCompare(b.device))
}
