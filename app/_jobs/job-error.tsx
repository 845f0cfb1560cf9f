import { useTranslations } from 'next-intl'
import { cx } from '#app/_components/ui/cx'
import { faceTimesOf } from '#core/render-job/face-times'

/** Why a job failed and what helps, in one sentence of the reader's language. */
export function JobError({
  job,
  className,
}: {
  job: { errorCode: string | null; errorParams?: unknown }
  className?: string
}) {
  const t = useTranslations('jobError')
  const key = (job.errorCode ?? 'unknown') as 'unknown'
  const face = job.errorCode === 'no_face' ? faceTimesOf(job.errorParams) : null
  const text = () => {
    if (face && face.percent > 0) return t('face_too_seldom', { percent: face.percent, seen: face.seen })
    return t(t.has(key) ? key : 'unknown')
  }
  return <p className={cx('text-sm text-danger', className)}>{text()}</p>
}
