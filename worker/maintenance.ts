import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { databaseNow } from '#core/clock'
import { messageOf } from '#core/errors'
import { forgetOldUse } from '#core/limits/day-use'
import type { Log } from '#core/log'
import { compactIfFull } from '#core/queue/policy'
import { promoteAged } from '#core/render-job/actions/promote'
import { findContentsInUse } from '#core/render-job/data'
import { recoverLost } from '#core/render-job/lifecycle'
import { resultKeys } from '#core/render-job/result-keys'
import type { Claim } from '#core/render-job/transition'
import type { DataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'
import { buryPredecessors, livingWorkerIds, type WorkerIdentity } from '#core/worker/workers'
import { type CacheLimits, pruneCache } from './cache.ts'
import { sweepCheckpoints } from './checkpoints.ts'
import type { Presence } from './presence.ts'
import type { Timings } from './timings.ts'

export interface MaintenanceParts {
  identity: WorkerIdentity
  storage: Storage
  layout: DataLayout
  log: Log
  presence: Presence
  timings: Pick<Timings, 'maintenanceMs' | 'afterOutageMs' | 'silentMs'>
  cacheLimits: CacheLimits
}

const PRUNE_EVERY_MS = 600_000

/** The slot that gets a device's lock knows that whoever had it before is gone: its jobs go back at once. */
export async function recoverPredecessors(parts: MaintenanceParts): Promise<void> {
  const { identity, storage, layout, log } = parts
  const dead = await buryPredecessors(identity)
  const ended = await recoverLost({ workerIds: dead })
  if (ended.length > 0)
    log.warn({ jobs: ended.map((claim) => claim.jobId) }, 'jobs of a worker that vanished are back in line')
  await removeLeftovers(ended, storage)
  await removeScratch(layout, identity.id)
}

/**
 * What any slot does for all while it runs: looks for lost jobs, promotes old ones, keeps tickets in supply and the cache
 * in its limits, and forgets the GPU time of days long past.
 */
export function startMaintenance(parts: MaintenanceParts): { close: () => void } {
  let busy = false
  let prunedAt = Number.NEGATIVE_INFINITY
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    await maintain(parts)
    if (Date.now() - prunedAt >= PRUNE_EVERY_MS) {
      prunedAt = Date.now()
      await prune(parts)
    }
    busy = false
  }, parts.timings.maintenanceMs)
  return { close: () => clearInterval(timer) }
}

async function maintain({
  identity,
  storage,
  layout,
  log,
  presence,
  timings,
}: MaintenanceParts): Promise<void> {
  try {
    if (performance.now() - presence.steadySince > timings.afterOutageMs) {
      const ended = await recoverLost({ silentMs: timings.silentMs, exceptWorkerId: identity.id })
      if (ended.length > 0)
        log.warn({ jobs: ended.map((claim) => claim.jobId) }, 'jobs of a silent worker are back in line')
      await removeLeftovers(ended, storage)
    }
    await sweepCheckpoints(layout)
    const lifted = await promoteAged(await databaseNow())
    if (lifted > 0) log.info({ lifted }, 'jobs that waited for long are a band higher')
    if (await compactIfFull()) log.info('the line has new tickets')
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'maintenance failed; it comes again')
  }
}

async function prune({ layout, log, cacheLimits }: MaintenanceParts): Promise<void> {
  try {
    const went = await pruneCache(layout.cache, cacheLimits, findContentsInUse)
    if (went.files > 0) log.info(went, 'the cache was pruned')
    await forgetOldUse()
  } catch (error) {
    log.warn(
      { error: messageOf(error) },
      'the cache, or old counts of GPU time, could not be pruned; it is tried again',
    )
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
