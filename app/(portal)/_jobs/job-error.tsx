import { useTranslations } from 'next-intl'
import { cx } from '../../_components/ui/cx.ts'

/** Why a job failed and what helps, in one sentence of the reader's language. */
export function JobError({
  job,
  className,
}: {
  job: { errorCode: string | null; errorMessage: string | null }
  className?: string
}) {
  const t = useTranslations('jobError')
  const key = (job.errorCode ?? 'unknown') as 'unknown'
  return (
    <p className={cx('text-sm text-danger', className)}>
      {t.has(key) ? t(key) : (job.errorMessage ?? t('unknown'))}
    </p>
  )
}
