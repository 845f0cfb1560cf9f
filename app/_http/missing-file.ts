import type { BatchFiles } from '#core/asset/data'
import { problem } from './problem.ts'

/** The answer to somebody whose batch names a speech or a video that they don't have. */
export const missingFile = (missing: Exclude<BatchFiles, { outcome: 'found' }>): Response =>
  missing.outcome === 'speech_not_found'
    ? problem(404, 'speech_not_found', 'There is no such speech; upload it again.')
    : problem(404, 'presenter_not_found', 'There is no such presenter video; upload it again.', {
        presenterId: missing.presenterId,
      })
