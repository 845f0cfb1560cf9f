import type { useTranslations } from 'next-intl'
import { faceTimesOf } from '#core/render-job/face-times'

export interface ErrorColumns {
  errorCode: string | null
  errorParams?: unknown
}

/** Why a job failed and what helps, in one sentence of the reader's language. */
export function jobErrorText(
  { errorCode, errorParams }: ErrorColumns,
  t: ReturnType<typeof useTranslations<'jobError'>>,
): string {
  const face = errorCode === 'no_face' ? faceTimesOf(errorParams) : null
  if (face && face.percent > 0) return t('face_too_seldom', { percent: face.percent, seen: face.seen })
  const key = (errorCode ?? 'unknown') as 'unknown'
  return t.has(key) ? t(key, (errorParams ?? {}) as never) : t('unknown')
}
