import { useTranslations } from 'next-intl'
import { cx } from '#app/_components/ui/cx'
import { type ErrorColumns, jobErrorText } from './job-error-text.ts'

/** Why a job failed and what helps. */
export function JobError({ job, className }: { job: ErrorColumns; className?: string }) {
  const t = useTranslations('jobError')
  return <p className={cx('text-sm text-danger', className)}>{jobErrorText(job, t)}</p>
}
