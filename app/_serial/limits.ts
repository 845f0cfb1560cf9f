import { nextDay } from '#core/limits/day-use'
import type { Usage } from '#core/limits/refusal'
import type { QueueLimits } from '#core/limits/schema'

/** What somebody may still send, as the new-batch page shows it. `left` is null where nothing limits. */
export function limitsJson(limits: QueueLimits, usage: Usage, now: Date = new Date()) {
  const { maxWaiting, maxWaitingPerUser, gpuMinutesPerUserPerDay, minFreeDiskBytes } = limits
  const { waiting, waitingInAll, gpuSeconds, freeDiskBytes, bytes, openUploads } = usage
  const own = counted(waiting, maxWaitingPerUser)
  const inAll = counted(waitingInAll, maxWaiting)
  const lefts = [own.left, inAll.left].filter((left) => left !== null)
  return {
    waiting: own,
    inAll,
    /** Most videos that a batch sent now may have; null where nothing limits that. */
    maxVideos: lefts.length > 0 ? Math.min(...lefts) : null,
    /** Of the day of UTC: what renders took, and what is predicted for all that runs and waits. */
    gpuMinutes: {
      ...counted(Math.round(gpuSeconds / 60), gpuMinutesPerUserPerDay),
      freesAt: nextDay(now).toISOString(),
    },
    /** Stored, the trash included, and what open uploads will bring. */
    bytes: counted(bytes, limits.maxBytesPerUser),
    openUploads: counted(openUploads, limits.maxOpenUploadsPerUser),
    disk: {
      freeBytes: freeDiskBytes,
      minFreeBytes: minFreeDiskBytes,
      low: freeDiskBytes < minFreeDiskBytes,
    },
  }
}

const counted = (used: number, limit: number | null) => ({
  used,
  limit,
  left: limit === null ? null : Math.max(0, limit - used),
})
