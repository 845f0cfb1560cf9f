import { z } from 'zod'
import { renderOptions } from '#core/engine/options'
import { nameOf } from '#core/names'
import { BANDS } from '#core/queue/ordering'

/** Most videos one batch may have. */
export const MAX_BATCH_VIDEOS = 500

export const batchRequest = z.object({
  name: nameOf(120, 'Give the batch a name.'),
  speechId: z.uuid(),
  presenterIds: z
    .array(z.uuid())
    .min(1, 'Add at least one video.')
    .max(MAX_BATCH_VIDEOS, `A batch has at most ${MAX_BATCH_VIDEOS} videos.`),
  /** Members choose normal or low; admins any. Normal where it is left out. */
  band: z.enum(BANDS).optional(),
  /** How it is rendered; the ordinary way where it is left out. */
  options: renderOptions.strict().optional(),
})

export type BatchRequest = z.input<typeof batchRequest>

/** A batch that might be sent, for its forecast. */
export const batchDraft = batchRequest.pick({ speechId: true, presenterIds: true, band: true, options: true })
