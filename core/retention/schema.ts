import { z } from 'zod'

const days = z.number().int().min(1).max(3650)

const fields = {
  /** Ended jobs and their results, so many days after their end; null: for ever. */
  resultsDays: days.nullable(),
  /** Speeches and videos that no batch uses, so many days after they were last sent; null: for ever. */
  uploadsDays: days.nullable(),
  /** Cached analyses, so many days after their last use; null: as the worker's CACHE_MAX_DAYS says. */
  cachesDays: days.nullable(),
  /** What people deleted, in the trash. */
  trashDays: days,
}

/** How long what is kept. */
export const retention = z.object({
  resultsDays: fields.resultsDays.default(null),
  uploadsDays: fields.uploadsDays.default(30),
  cachesDays: fields.cachesDays.default(null),
  trashDays: fields.trashDays.default(7),
})
export type Retention = z.infer<typeof retention>

/** A change of some of it. It has no defaults, which would set back what is left out. */
export const retentionChange = z.strictObject(fields).partial()
