import { type BatchProgress, readBatchProgress } from '#core/batch/data'
import { db } from '#core/db'
import { readControl } from '#core/queue/control'
import { atLeast, type Viewer } from '#core/viewer/viewer'
import { listWorkers } from '#core/worker/data'

/** What a slot does now. A member sees whose job it is only when it is their own; `job` is null for others'. */
export interface RunningRow {
  device: string
  mine: boolean
  stage: string | null
  fraction: number
  fps: number | null
  startedAt: Date | null
  batch: BatchProgress
  job: {
    id: string
    batchId: string
    batchName: string
    presenterName: string
    presenterId: string
    cancelling: boolean
  } | null
  ownerName: string | null
}

/** The running jobs as the viewer may see them. */
export async function listRunning(viewer: Viewer): Promise<RunningRow[]> {
  const rows = await db().renderJob.findMany({
    where: { state: 'running' },
    orderBy: { startedAt: 'asc' },
    include: {
      batch: true,
      presenter: { select: { id: true, name: true } },
      owner: { select: { name: true } },
    },
  })
  const workers = await db().worker.findMany({
    where: { id: { in: rows.flatMap((row) => row.workerId ?? []) } },
  })
  const devices = new Map(workers.map((worker) => [worker.id, worker.device]))
  const progress = await readBatchProgress(rows.map((row) => row.batchId))
  return rows.map((row) => {
    const mine = row.ownerId === viewer.id
    const visible = mine || atLeast(viewer.role, 'operator')
    return {
      device: devices.get(row.workerId ?? '') ?? '',
      mine,
      stage: row.stage,
      fraction: row.fraction,
      fps: row.fps,
      startedAt: row.startedAt,
      batch: progress.get(row.batchId)!,
      ownerName: visible ? row.owner.name : null,
      job: visible
        ? {
            id: row.id,
            batchId: row.batchId,
            batchName: row.batch.name,
            presenterId: row.presenter.id,
            presenterName: row.presenter.name,
            cancelling: row.cancelRequestedAt !== null,
          }
        : null,
    }
  })
}

/** The queue at a glance: how deep, how old, paused or not, which slots are alive. */
export async function readQueueSummary() {
  const [waiting, oldest, running, control, workers] = await Promise.all([
    db().renderJob.count({ where: { state: 'queued' } }),
    db().renderJob.findFirst({
      where: { state: 'queued' },
      orderBy: { queuedAt: 'asc' },
      select: { queuedAt: true },
    }),
    db().renderJob.count({ where: { state: 'running' } }),
    readControl(),
    listWorkers(),
  ])
  const pausedBy = control.pausedById
    ? await db().user.findUnique({ where: { id: control.pausedById }, select: { name: true } })
    : null
  return {
    waiting,
    running,
    oldestQueuedAt: oldest?.queuedAt ?? null,
    policy: control.policy,
    preemption: control.preemption,
    pausedAt: control.pausedAt,
    pausedByName: pausedBy?.name ?? null,
    workers,
  }
}
