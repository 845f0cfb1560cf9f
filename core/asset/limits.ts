import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { positiveInteger, readEnvironment } from '#core/env'
import { MAX_VIDEO_PIXELS } from '#core/media/input'

export type UploadLimits = {
  maxBytes: number
  maxSpeechSeconds: number
  maxPresenterSeconds: number
  maxPixels: number
  minSeconds: number
  /** Received files that one web process looks into at the same time. */
  inspectionsAtOnce: number
}

const schema = z.object({
  MAX_UPLOAD_BYTES: positiveInteger(4 * 2 ** 30),
  MAX_SPEECH_SECONDS: positiveInteger(3600),
  MAX_PRESENTER_SECONDS: positiveInteger(3600),
  MAX_PIXELS: positiveInteger(MAX_VIDEO_PIXELS),
  MAX_INSPECTIONS: positiveInteger(Math.max(2, Math.floor(availableParallelism() / 2))),
})

/** How large and long uploads may be, from the environment. */
export function uploadLimits(source?: NodeJS.ProcessEnv): UploadLimits {
  const limits = readEnvironment(schema, source)
  return {
    maxBytes: limits.MAX_UPLOAD_BYTES,
    maxSpeechSeconds: limits.MAX_SPEECH_SECONDS,
    maxPresenterSeconds: limits.MAX_PRESENTER_SECONDS,
    maxPixels: limits.MAX_PIXELS,
    minSeconds: 0.2,
    inspectionsAtOnce: limits.MAX_INSPECTIONS,
  }
}
