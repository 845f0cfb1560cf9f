import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { removeUpload } from '#core/asset/abandoned'
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
import { applyRetention } from '#core/retention/apply'
import { readRetention } from '#core/retention/rules'
import type { DataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'
import { emptyTrash, findKnownContents } from '#core/trash/empty'
import { carryOutRemovals } from '#core/trash/removals'
import { buryPredecessors, livingWorkerIds, type WorkerIdentity } from '#core/worker/workers'
import { type CacheLimits, forgetContents, pruneCache } from './cache.ts'
import { sweepCheckpoints } from './checkpoints.ts'
import type { Presence } from './presence.ts'
import { INSPECTOR } from './supervisor.ts'
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
const DAY_MS = 24 * 3_600_000

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
    await clean(storage, layout, log)
    const lifted = await promoteAged(await databaseNow())
    if (lifted > 0) log.info({ lifted }, 'jobs that waited for long are a band higher')
    if (await compactIfFull()) log.info('the line has new tickets')
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'maintenance failed; it comes again')
  }
}

/** Empties the trash of what is old enough, and removes the files of all that was deleted for good. */
async function clean(storage: Storage, layout: DataLayout, log: Log): Promise<void> {
  const { trashDays } = await readRetention()
  const before = new Date((await databaseNow()).getTime() - trashDays * DAY_MS)
  const purged = await emptyTrash({ before })
  if (purged.length > 0) log.info({ purged }, 'what was in the trash for long is gone')
  const remove = (folder: string) =>
    folder.startsWith('uploads/')
      ? removeUpload(layout.uploads, path.basename(folder))
      : storage.removeFolder(folder)
  const removed = await carryOutRemovals(remove, (folder, error) =>
    log.warn({ folder, error: messageOf(error) }, 'could not be removed; it is tried again'),
  )
  if (removed > 0) await forgetContents(layout.cache, findKnownContents)
}

async function prune({ layout, log, cacheLimits }: MaintenanceParts): Promise<void> {
  try {
    const retained = await applyRetention()
    if (retained) log.info(retained, 'the rules of retention were followed')
    const { cachesDays } = await readRetention()
    const maxAgeMs = cachesDays === null ? cacheLimits.maxAgeMs : cachesDays * DAY_MS
    await forgetContents(layout.cache, findKnownContents)
    const went = await pruneCache(layout.cache, { ...cacheLimits, maxAgeMs }, findContentsInUse)
    if (went.files > 0) log.info(went, 'the cache was pruned')
    await forgetOldUse()
  } catch (error) {
    log.warn(
      { error: messageOf(error) },
      'the rules of retention, the cache or old counts of GPU time: not all was done; it is tried again',
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
    if (!living.has(name) && name !== INSPECTOR)
      await rm(path.join(layout.scratch, name), { recursive: true, force: true })
  }
}
