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

/** What is in use of the limits, by everybody or by one user. GPU time is counted by the day of UTC. */
export interface Usage {
  waiting: number
  waitingInAll: number
  /** Of today: what renders took, failed and cancelled ones too, and what is predicted for all that runs and waits. */
  gpuSeconds: number
  freeDiskBytes: number
}

/** Whether these limits allow somebody with this usage so many jobs more; null where they do. */
export function refusalOf(
  limits: QueueLimits,
  usage: Usage,
  asked: number,
  gpuSeconds: number,
  now: Date = new Date(),
): Refusal | null {
  const { maxWaiting, maxWaitingPerUser, gpuMinutesPerUserPerDay, minFreeDiskBytes } = limits
  const { waiting, waitingInAll, freeDiskBytes: freeBytes } = usage
  if (freeBytes < minFreeDiskBytes)
    return { code: 'disk_low', params: { freeBytes, minFreeBytes: minFreeDiskBytes } }
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
export const statusOf = ({ code }: Refusal): number => (code === 'disk_low' ? 507 : 429)

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
      const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1)
      const { freeBytes, minFreeBytes } = refusal.params
      return `The server's disk has ${gigabytes(freeBytes)} GiB left and keeps ${gigabytes(minFreeBytes)} GiB free. Ask an admin to free space, or delete videos from your history.`
    }
    default:
      return assertNever(refusal)
  }
}
