'use client'

import { useTranslations } from 'next-intl'
import { type Progress, useProgress } from '#app/_live/progress-store'

/** A running job's percentage, for tables. */
export function LivePercent({ id, rendered }: { id: string; rendered: Progress }) {
  const t = useTranslations('queue')
  const { fraction } = useProgress(id, rendered)
  return <span className="text-muted">{t('percent', { n: Math.floor(fraction * 100) })}</span>
}
