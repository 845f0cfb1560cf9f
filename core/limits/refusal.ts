import { assertNever } from '#core/errors'
import { nextDay } from '#core/limits/day-use'
import type { QueueLimits } from '#core/limits/schema'

/** Why something new is not accepted. `params` are for translation; `freesAt` is an ISO time. */
export type Refusal =
  | { code: 'queue_full'; params: { waiting: number; limit: number; asked: number } }
  | { code: 'too_many_waiting'; params: { waiting: number; limit: number; asked: number } }
  | {
      code: 'gpu_quota_reached'
      params: { usedMinutes: number; askedMinutes: number; limitMinutes: number; freesAt: string }
    }
  | { code: 'disk_low'; params: { freeBytes: number; minFreeBytes: number } }
  | { code: 'storage_full'; params: { usedBytes: number; askedBytes: number; limitBytes: number } }
  | { code: 'too_many_uploads'; params: { open: number; limit: number } }

/** What is in use of the limits, by everybody or by one user. GPU time is counted by the day of UTC. */
export interface Usage {
  waiting: number
  waitingInAll: number
  /** Of today: what renders took, failed and cancelled ones too, and what is predicted for all that runs and waits. */
  gpuSeconds: number
  /** What is stored, the trash included, and what open uploads will bring. */
  bytes: number
  openUploads: number
  freeDiskBytes: number
}

/** Whether these limits allow somebody with this usage one upload more, of so many bytes; null where they do. */
export function uploadRefusalOf(limits: QueueLimits, usage: Usage, asked: number): Refusal | null {
  const { minFreeDiskBytes, maxBytesPerUser, maxOpenUploadsPerUser } = limits
  const { freeDiskBytes: freeBytes, bytes, openUploads } = usage
  if (freeBytes - asked < minFreeDiskBytes)
    return { code: 'disk_low', params: { freeBytes, minFreeBytes: minFreeDiskBytes } }
  if (maxBytesPerUser !== null && bytes + asked > maxBytesPerUser)
    return storageFull(bytes, asked, maxBytesPerUser)
  if (maxOpenUploadsPerUser !== null && openUploads >= maxOpenUploadsPerUser)
    return { code: 'too_many_uploads', params: { open: openUploads, limit: maxOpenUploadsPerUser } }
  return refusalOf(limits, usage, 1, 0)
}

const storageFull = (usedBytes: number, askedBytes: number, limitBytes: number): Refusal => ({
  code: 'storage_full',
  params: { usedBytes, askedBytes, limitBytes },
})

/** Whether these limits allow somebody with this usage so many jobs more; null where they do. */
export function refusalOf(
  limits: QueueLimits,
  usage: Usage,
  asked: number,
  gpuSeconds: number,
  now: Date = new Date(),
): Refusal | null {
  const { maxWaiting, maxWaitingPerUser, gpuMinutesPerUserPerDay, minFreeDiskBytes, maxBytesPerUser } = limits
  const { waiting, waitingInAll, freeDiskBytes: freeBytes } = usage
  if (freeBytes < minFreeDiskBytes)
    return { code: 'disk_low', params: { freeBytes, minFreeBytes: minFreeDiskBytes } }
  // How large results will be nobody knows: what is full takes none, and what is not takes all of a batch.
  if (maxBytesPerUser !== null && usage.bytes >= maxBytesPerUser)
    return storageFull(usage.bytes, 0, maxBytesPerUser)
  if (maxWaitingPerUser !== null && waiting + asked > maxWaitingPerUser)
    return { code: 'too_many_waiting', params: { waiting, limit: maxWaitingPerUser, asked } }
  if (maxWaiting !== null && waitingInAll + asked > maxWaiting)
    return { code: 'queue_full', params: { waiting: waitingInAll, limit: maxWaiting, asked } }
  const quota = gpuMinutesPerUserPerDay === null ? Number.POSITIVE_INFINITY : gpuMinutesPerUserPerDay * 60
  if (usage.gpuSeconds + gpuSeconds > quota || usage.gpuSeconds >= quota) {
    return {
      code: 'gpu_quota_reached',
      params: {
        usedMinutes: Math.round(usage.gpuSeconds / 60),
        askedMinutes: Math.ceil(gpuSeconds / 60),
        limitMinutes: gpuMinutesPerUserPerDay!,
        freesAt: nextDay(now).toISOString(),
      },
    }
  }
  return null
}

/** HTTP's word for a refusal. */
export const statusOf = ({ code }: Refusal): number =>
  code === 'disk_low' || code === 'storage_full' ? 507 : 429

/** A refusal in plain English, with what to do. */
export function explain(refusal: Refusal): string {
  switch (refusal.code) {
    case 'queue_full': {
      const { waiting, limit } = refusal.params
      return `The queue is full: ${waiting} of ${limit} places are taken. Send fewer videos, or try again when some are done.`
    }
    case 'too_many_waiting': {
      const { waiting, limit, asked } = refusal.params
      return `You have ${waiting} jobs waiting; with ${asked} more they would exceed ${limit}. Send fewer, or wait until some are done.`
    }
    case 'gpu_quota_reached': {
      const { usedMinutes, askedMinutes, limitMinutes, freesAt } = refusal.params
      return `Of your ${limitMinutes} GPU minutes a day ${usedMinutes} are used or spoken for, and this needs about ${askedMinutes}. Send fewer videos, or come back at ${freesAt}.`
    }
    case 'disk_low': {
      const { freeBytes, minFreeBytes } = refusal.params
      return `The server's disk has ${gigabytes(freeBytes)} GiB left and keeps ${gigabytes(minFreeBytes)} GiB free. Ask an admin to free space, or delete batches and empty the trash.`
    }
    case 'storage_full': {
      const { usedBytes, askedBytes, limitBytes } = refusal.params
      const asked = askedBytes > 0 ? `, and this file needs ${sizeOf(askedBytes)}` : ''
      return `Of your ${sizeOf(limitBytes)} ${sizeOf(usedBytes)} are used${asked}. Delete batches or videos and empty the trash, or ask an admin for more room.`
    }
    case 'too_many_uploads': {
      const { open, limit } = refusal.params
      return `You have ${open} uploads under way, and ${limit} are allowed at a time. Wait until some are done, or cancel some.`
    }
    default:
      return assertNever(refusal)
  }
}

const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1)
const sizeOf = (bytes: number) =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`
