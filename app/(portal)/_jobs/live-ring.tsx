'use client'

import { useTranslations } from 'next-intl'
import { Ring } from '#app/_components/ui/ring.tsx'
import { type Progress, useProgress } from '#app/_live/progress-store'

/** A running job's ring over its thumbnail, with the stage below. */
export function LiveRing({ id, name, rendered }: { id: string; name: string; rendered: Progress }) {
  const t = useTranslations()
  const { fraction, stage } = useProgress(id, rendered)
  const key = (stage ?? 'starting') as 'starting'
  return (
    <div className="pointer-events-none absolute inset-0 grid place-content-center justify-items-center gap-1.5 bg-black/50 text-white">
      <Ring value={fraction} label={t('queue.progress', { name })}>
        {Math.floor(fraction * 100)}
      </Ring>
      <span className="text-xs">{t.has(`stage.${key}`) ? t(`stage.${key}`) : stage}</span>
    </div>
  )
}
