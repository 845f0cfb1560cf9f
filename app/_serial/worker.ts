import type { SlotView } from '#core/worker/slots'
import { isoOrNull } from './job.ts'

export type WorkerJson = ReturnType<typeof slotJson>

/** A slot as the workers' page shows it. `state`: see WorkerState; a slot that drains is 'ready' all the same. */
export function slotJson(slot: SlotView, now: number = Date.now()) {
  const { id, host, pid, device, state, alive, engine, version, currentJob } = slot
  return {
    ...{ id, host, pid, device, state, alive, version },
    defaultEngine: engine,
    draining: slot.drainingAt !== null,
    /** It drains, and nothing runs there any more. */
    drained: slot.drainingAt !== null && currentJob === null,
    stopping: slot.stopRequestedAt !== null && currentJob !== null,
    engines: slot.readiness,
    currentJob: currentJob && { ...currentJob, startedAt: isoOrNull(currentJob.startedAt) },
    rssBytes: slot.rssBytes === null ? null : Number(slot.rssBytes),
    heartbeatAt: slot.heartbeatAt.toISOString(),
    heartbeatAgeMs: Math.max(0, now - slot.heartbeatAt.getTime()),
    startedAt: slot.startedAt.toISOString(),
  }
}
