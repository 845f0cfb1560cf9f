import { useTranslations } from 'next-intl'
import { Clock } from '#app/_components/time/clock.tsx'

/** When a job that failed for now is tried again. */
export function RetryNote({ notBefore }: { notBefore: Date | null }) {
  const t = useTranslations('queue')
  if (!notBefore) return null
  return <span className="text-amber">{t.rich('retryAt', { when: () => <Clock at={notBefore} due /> })}</span>
}
