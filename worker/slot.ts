import { setTimeout as sleep } from 'node:timers/promises'
import { ENGINE_NAMES, type EngineName, optionsOf } from '#core/engine/options'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { claimNext } from '#core/render-job/lifecycle'
import type { DataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'
import { shouldYield } from '#core/worker/preemption'
import type { WorkerIdentity } from '#core/worker/workers'
import { type AbortReason, JobAborted } from './abort.ts'
import type { DeviceLock } from './device-lock.ts'
import type { EngineSet } from './engines/engine-set.ts'
import { execute } from './execute.ts'
import type { Timings } from './timings.ts'
import type { WakeSignal } from './wake-signal.ts'

export interface SlotParts {
  identity: WorkerIdentity
  engines: EngineSet
  storage: Storage
  layout: DataLayout
  log: Log
  /** Called when something may have come into the line. */
  wakeSignal: WakeSignal
  lock: DeviceLock
  stallMs: number
  timings: Pick<Timings, 'pollMs' | 'stuckMs' | 'jobBeatMs'>
  /** A job was just claimed: what was asked of the slot meanwhile may concern it. */
  onClaimed: () => void
  /** A job came to an end of its turn, whatever became of it. */
  onEnded: () => void
  /** The engine ignores its abort signal: leave the process. */
  onStuck: () => void
  /** Memory of the device is used up, and comes back only with another process. */
  onRestart: () => void
}

export interface Slot {
  /** Resolves when the slot has stopped. */
  readonly done: Promise<void>
  /** The job that runs now, for the cancel listener. */
  currentJobId(): string | null
  abortCurrent(reason: AbortReason): void
  /** Takes nothing more; a running job is aborted with 'shutdown' and returns to the queue. */
  stop(): void
}

/** After a failure, such as a database that is away for a moment. */
const AGAIN_MS = 300

/** One device's loop: fetch the head of the line, render it, report; one job at a time, until stopped. */
export function startSlot(parts: SlotParts): Slot {
  const { identity, wakeSignal, lock, log } = parts
  let stopping = false
  let current: { jobId: string; controller: AbortController } | null = null

  const takeOne = async (): Promise<boolean> => {
    const ready = parts.engines.names()
    if (!lock.held || ready.length === 0) return false
    const job = await claimNext(
      identity.id,
      ENGINE_NAMES.filter((name) => !ready.includes(name)),
    )
    if (!job) return false
    const controller = new AbortController()
    current = { jobId: job.id, controller }
    const stuck = watchForStuck(controller.signal, parts)
    if (stopping) controller.abort(new JobAborted('shutdown'))
    log.info({ jobId: job.id, batchId: job.batchId, attempt: job.attempt }, 'claimed')
    parts.onClaimed()
    const options = optionsOf(job.batch.options)
    const nextStep = await execute(job, {
      ...{ ...parts, workerId: identity.id, device: identity.device, controller, options },
      loadEngine: () => parts.engines.use(job.engine as EngineName),
      atCheckpoint: () => yieldIfUrgent(job.id, controller, log),
    })
    stuck.clear()
    current = null
    parts.onEnded()
    if (nextStep === 'restart') {
      log.warn({ jobId: job.id }, 'out of memory; the process makes room for a new one')
      stopping = true
      parts.onRestart()
    }
    return true
  }
  const loop = async () => {
    while (!stopping) {
      try {
        if (!(await takeOne())) await wakeSignal.wait(parts.timings.pollMs)
      } catch (error) {
        log.error({ error: messageOf(error) }, 'could not look at the queue; trying again')
        await sleep(AGAIN_MS)
      }
    }
  }
  const done = loop()
  return {
    done,
    currentJobId: () => current?.jobId ?? null,
    abortCurrent: (reason) => current?.controller.abort(new JobAborted(reason)),
    stop() {
      stopping = true
      current?.controller.abort(new JobAborted('shutdown'))
      wakeSignal.wake()
    },
  }
}

/** At the end of a segment: makes room where an urgent job waits for this slot. */
async function yieldIfUrgent(jobId: string, controller: AbortController, log: Log): Promise<void> {
  try {
    if (await shouldYield(jobId)) controller.abort(new JobAborted('preempted'))
  } catch (error) {
    log.warn({ jobId, error: messageOf(error) }, 'could not see whether an urgent job waits')
  }
}

/** A render that does not heed its abort would hold the device for ever: then the process has to go. */
function watchForStuck(signal: AbortSignal, { log, timings, onStuck }: SlotParts) {
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    timer = setTimeout(() => {
      log.fatal(
        'the engine did not stop when told to; the process leaves and its job is recovered at the next start',
      )
      onStuck()
    }, timings.stuckMs)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    clear() {
      signal.removeEventListener('abort', onAbort)
      clearTimeout(timer)
    },
  }
}
