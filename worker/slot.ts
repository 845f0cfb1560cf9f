import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { compactIfFull } from '#core/queue/policy'
import {
  beatWorker,
  buryPredecessors,
  livingWorkerIds,
  WORKER_SILENT_MS,
  type WorkerIdentity,
} from '#core/queue/workers'
import { liftAged } from '#core/render-job/aging'
import { type Claim, claimNext, recoverLost } from '#core/render-job/lifecycle'
import type { EngineName } from '#core/render-job/options'
import { optionsOf } from '#core/render-job/options'
import { resultKeys } from '#core/render-job/result-keys'
import type { DataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'
import { type AbortReason, JobAborted } from './abort.ts'
import type { Bell } from './bell.ts'
import type { DeviceLock } from './device-lock.ts'
import type { EngineSet } from './engines/engine-set.ts'
import { execute } from './execute.ts'

export interface SlotParts {
  identity: WorkerIdentity
  engines: EngineSet
  /** Engine of the batches that name none. */
  defaultEngine: EngineName
  storage: Storage
  layout: DataLayout
  log: Log
  /** Rung when something may have come into the line. */
  bell: Bell
  lock: DeviceLock
  stallMs: number
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

/** Without a notification the line is looked at this often: it covers jobs that wait out a backoff. */
const POLL_MS = 2000
const HOUSEKEEPING_MS = 10_000
/** Engines stop within a second; one that takes so long is stuck. */
const STUCK_MS = 20_000

/** One device's loop: fetch the head of the line, render it, report; one job at a time, until stopped. */
export function startSlot(parts: SlotParts): Slot {
  const { identity, bell, lock, log } = parts
  let stopping = false
  let current: { jobId: string; controller: AbortController } | null = null

  const takeOne = async (): Promise<boolean> => {
    if (!lock.held) return false
    const job = await claimNext(identity.id)
    if (!job) return false
    const controller = new AbortController()
    current = { jobId: job.id, controller }
    const stuck = watchForStuck(controller.signal, parts)
    if (stopping) controller.abort(new JobAborted('shutdown'))
    log.info({ jobId: job.id, batchId: job.batchId, attempt: job.attempt }, 'claimed')
    const options = optionsOf(job.batch.options)
    const aftermath = await execute(job, {
      ...{ ...parts, workerId: identity.id, device: identity.device, controller, options },
      loadEngine: () => parts.engines.use(options.engine ?? parts.defaultEngine),
    })
    stuck.clear()
    current = null
    if (aftermath === 'restart') {
      log.warn({ jobId: job.id }, 'out of memory; the process makes room for a new one')
      stopping = true
      parts.onRestart()
    }
    return true
  }
  const loop = async () => {
    await recoverPredecessors(parts)
    while (!stopping) {
      try {
        if (!(await takeOne())) await bell.wait(POLL_MS)
      } catch (error) {
        log.error({ error: messageOf(error) }, 'could not look at the queue; trying again')
        await sleep(1000)
      }
    }
  }
  const housekeeping = setInterval(() => keepHouse(parts), HOUSEKEEPING_MS)
  const beat = setInterval(() => beatWorker(identity.id).catch(() => {}), HOUSEKEEPING_MS / 2)
  const done = loop().finally(() => {
    clearInterval(housekeeping)
    clearInterval(beat)
  })
  return {
    done,
    currentJobId: () => current?.jobId ?? null,
    abortCurrent: (reason) => current?.controller.abort(new JobAborted(reason)),
    stop() {
      stopping = true
      current?.controller.abort(new JobAborted('shutdown'))
      bell.ring()
    },
  }
}

/** A render that does not heed its abort would hold the device for ever: then the process has to go. */
function watchForStuck(signal: AbortSignal, { log, onStuck }: SlotParts) {
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    timer = setTimeout(() => {
      log.fatal(
        'the engine did not stop when told to; the process leaves and its job is recovered at the next start',
      )
      onStuck()
    }, STUCK_MS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    clear() {
      signal.removeEventListener('abort', onAbort)
      clearTimeout(timer)
    },
  }
}

/** The slot that gets a device's lock knows that whoever had it before is gone: its jobs go back at once. */
async function recoverPredecessors({ identity, storage, layout, log }: SlotParts): Promise<void> {
  const dead = await buryPredecessors(identity)
  const ended = await recoverLost({ workerIds: dead })
  if (ended.length > 0)
    log.warn({ jobs: ended.map((claim) => claim.jobId) }, 'jobs of a worker that vanished are back in line')
  await removeLeftovers(ended, storage)
  await removeScratch(layout, identity.id)
}

async function keepHouse({ identity, storage, log }: SlotParts): Promise<void> {
  try {
    const ended = await recoverLost({ silentMs: WORKER_SILENT_MS, exceptWorkerId: identity.id })
    if (ended.length > 0)
      log.warn({ jobs: ended.map((claim) => claim.jobId) }, 'jobs of a silent worker are back in line')
    await removeLeftovers(ended, storage)
    const lifted = await liftAged()
    if (lifted > 0) log.info({ lifted }, 'jobs that waited for long are a band higher')
    if (await compactIfFull()) log.info('the line has new tickets')
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'housekeeping failed; it comes again')
  }
}

async function removeLeftovers(claims: Claim[], storage: Storage): Promise<void> {
  for (const claim of claims) {
    for (const key of Object.values(resultKeys(claim))) await storage.remove(key)
  }
}

async function removeScratch(layout: DataLayout, ownId: string): Promise<void> {
  const living = new Set([ownId, ...(await livingWorkerIds())])
  for (const name of await readdir(layout.scratch)) {
    if (!living.has(name)) await rm(path.join(layout.scratch, name), { recursive: true, force: true })
  }
}
