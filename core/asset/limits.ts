import { z } from 'zod'

export type UploadLimits = {
  maxBytes: number
  maxSpeechSeconds: number
  maxPresenterSeconds: number
  maxPixels: number
  minSeconds: number
}

const positive = (fallback: number) =>
  z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.coerce.number().int().positive().default(fallback),
  )

const schema = z.object({
  MAX_UPLOAD_BYTES: positive(4 * 2 ** 30),
  MAX_SPEECH_SECONDS: positive(3600),
  MAX_PRESENTER_SECONDS: positive(3600),
  MAX_PIXELS: positive(3840 * 2160),
})

/** How large and long uploads may be, from the environment. Throws an Error that names each bad variable. */
export function uploadLimits(source: NodeJS.ProcessEnv): UploadLimits {
  const parsed = schema.safeParse(source)
  if (!parsed.success) {
    throw new Error(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    )
  }
  return {
    maxBytes: parsed.data.MAX_UPLOAD_BYTES,
    maxSpeechSeconds: parsed.data.MAX_SPEECH_SECONDS,
    maxPresenterSeconds: parsed.data.MAX_PRESENTER_SECONDS,
    maxPixels: parsed.data.MAX_PIXELS,
    minSeconds: 0.2,
  }
}
