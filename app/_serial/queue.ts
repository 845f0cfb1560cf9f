import type { RunningRow, readQueueSummary } from '#core/overview/data'
import { atLeast, type Viewer } from '#core/viewer/viewer'
import type { listWorkers } from '#core/worker/data'
import { isoOrNull } from './job.ts'

type Summary = Awaited<ReturnType<typeof readQueueSummary>>
type Worker = Awaited<ReturnType<typeof listWorkers>>[number]

export type QueueJson = ReturnType<typeof queueJson>

/** The queue at a glance, as the viewer may see it. */
export function queueJson(summary: Summary, running: RunningRow[], viewer: Viewer) {
  return {
    waiting: summary.waiting,
    running: summary.running,
    oldestQueuedAt: isoOrNull(summary.oldestQueuedAt),
    paused: summary.pausedAt
      ? { at: summary.pausedAt.toISOString(), byName: summary.pausedByName ?? '' }
      : null,
    policy: summary.policy,
    preemption: summary.preemption,
    /** The running jobs; scripts know the field by this name. */
    onStage: running.map((slot) => ({ ...slot, startedAt: isoOrNull(slot.startedAt) })),
    workers: summary.workers.map((worker) =>
      atLeast(viewer.role, 'operator')
        ? { ...workerJson(worker), ...workerDetails(worker) }
        : workerJson(worker),
    ),
  }
}

/** What everybody may know of a slot. */
export const workerJson = ({ device, alive, state, engine, engineVersion }: Worker) => ({
  device,
  alive,
  state,
  engine,
  engineVersion,
})

/** What admins see besides. */
export const workerDetails = ({ id, host, pid, currentJobId, startedAt, heartbeatAt }: Worker) => ({
  id,
  host,
  pid,
  currentJobId,
  startedAt: startedAt.toISOString(),
  heartbeatAt: heartbeatAt.toISOString(),
})
