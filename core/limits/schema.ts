import { z } from 'zod'

const count = z.number().int().min(1).max(1_000_000)

const fields = {
  maxWaitingPerUser: count.nullable(),
  maxWaiting: count.nullable(),
  gpuMinutesPerUserPerDay: z.number().min(1).max(100_000).nullable(),
  /** Below so many free bytes on the disk of DATA_DIR nothing new is accepted. */
  minFreeDiskBytes: z
    .number()
    .int()
    .min(0)
    .max(2 ** 50),
}

/** How much may wait, and how much GPU time a user has. Null: as much as they like. */
export const queueLimits = z.object({
  maxWaitingPerUser: fields.maxWaitingPerUser.default(500),
  maxWaiting: fields.maxWaiting.default(5000),
  gpuMinutesPerUserPerDay: fields.gpuMinutesPerUserPerDay.default(null),
  minFreeDiskBytes: fields.minFreeDiskBytes.default(2 * 2 ** 30),
})

/** A change of some of them. It has no defaults, which would set back what is left out. */
export const limitsChange = z.strictObject(fields).partial()

export type QueueLimits = z.infer<typeof queueLimits>
