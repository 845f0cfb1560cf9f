import { z } from 'zod'

const count = z.number().int().min(1).max(1_000_000)

const fields = {
  maxWaitingPerUser: count.nullable(),
  maxWaiting: count.nullable(),
  gpuMinutesPerUserPerDay: z.number().min(1).max(100_000).nullable(),
  /** Speeches, videos and results of one user, those in the trash too; thumbnails are not counted. */
  maxBytesPerUser: z
    .number()
    .int()
    .min(0)
    .max(2 ** 50)
    .nullable(),
  /** Uploads of one user that have begun and not ended, paused ones too. */
  maxOpenUploadsPerUser: count.nullable(),
  /** Below so many free bytes on the disk of DATA_DIR nothing new is accepted. */
  minFreeDiskBytes: z
    .number()
    .int()
    .min(0)
    .max(2 ** 50),
}

/** How much may wait, and how much GPU time and room a user has. Null: as much as they like. */
export const queueLimits = z.object({
  maxWaitingPerUser: fields.maxWaitingPerUser.default(500),
  maxWaiting: fields.maxWaiting.default(5000),
  gpuMinutesPerUserPerDay: fields.gpuMinutesPerUserPerDay.default(null),
  maxBytesPerUser: fields.maxBytesPerUser.default(100e9),
  maxOpenUploadsPerUser: fields.maxOpenUploadsPerUser.default(50),
  minFreeDiskBytes: fields.minFreeDiskBytes.default(2 * 2 ** 30),
})

/** A change of some of them. It has no defaults, which would set back what is left out. */
export const limitsChange = z.strictObject(fields).partial()

/** What of the limits is another for one user; what is left out is as for everybody. */
export const userQuotas = z
  .strictObject({
    maxBytesPerUser: fields.maxBytesPerUser,
    maxOpenUploadsPerUser: fields.maxOpenUploadsPerUser,
    maxWaitingPerUser: fields.maxWaitingPerUser,
    gpuMinutesPerUserPerDay: fields.gpuMinutesPerUserPerDay,
  })
  .partial()
export type UserQuotas = z.infer<typeof userQuotas>

/** The quotas in a user's row; none where it has something else. */
export const quotasOf = (column: unknown): UserQuotas => userQuotas.safeParse(column).data ?? {}

export type QueueLimits = z.infer<typeof queueLimits>
