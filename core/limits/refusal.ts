import { assertNever } from '#core/errors'
import type { Refusal } from '#core/limits/limits'

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
