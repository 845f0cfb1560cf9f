'use client'

import { useTranslations } from 'next-intl'
import { Bar } from '#app/_components/ui/bar.tsx'
import { type Progress, useProgress } from '#app/_live/progress-store'
import { StageLine } from './stage-line.tsx'

/** A running job's bar, stages and speed, moved in place by what the events tell. */
export function LiveProgress({
  id,
  name,
  rendered,
  frames: showFrames,
}: {
  id: string
  name: string
  rendered: Progress
  frames?: boolean
}) {
  const t = useTranslations('queue')
  const job = useTranslations('job')
  const { fraction, stage, fps, frames, framesDone } = useProgress(id, rendered)
  return (
    <div className="grid gap-1.5">
      <div className="flex items-center gap-3">
        <Bar value={fraction} label={t('progress', { name })} className="h-1.5" />
        <span className="w-11 shrink-0 text-right text-sm font-medium">
          {t('percent', { n: Math.floor(fraction * 100) })}
        </span>
      </div>
      <div className="flex flex-wrap justify-between gap-x-4">
        <StageLine stage={stage} />
        <p className="flex gap-3 text-xs text-muted">
          {showFrames && framesDone > 0 && (
            <span>
              {frames
                ? job('frames', { done: framesDone, total: frames })
                : job('framesOnly', { done: framesDone })}
            </span>
          )}
          {fps !== null && fps > 0 && <span>{t('fps', { n: Math.round(fps) })}</span>}
        </p>
      </div>
    </div>
  )
}
