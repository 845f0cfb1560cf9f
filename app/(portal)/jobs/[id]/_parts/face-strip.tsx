import { useTranslations } from 'next-intl'
import { clockLength } from '#app/_components/format'
import type { FaceTimes } from '#core/render-job/face-times'

/** When the presenter's face can be used: the video as a strip, filled where it can, and the times of the rest. */
export function FaceStrip({ times }: { times: FaceTimes }) {
  const t = useTranslations('job')
  const { strip, seconds, missing } = times
  return (
    <figure className="mt-3 grid max-w-xl gap-1.5 text-ink">
      <div aria-hidden="true" className="flex h-4 overflow-hidden rounded-sm bg-track">
        {[...strip].map((share, column) => (
          <span key={column} className="flex-1 bg-accent" style={{ opacity: Number(share) / 9 }} />
        ))}
      </div>
      <p aria-hidden="true" className="flex justify-between text-xs text-muted">
        <span>{clockLength(0)}</span>
        <span>{clockLength(seconds * 1000)}</span>
      </p>
      <figcaption className="text-sm">{t('faceMissing', { times: missing })}</figcaption>
    </figure>
  )
}
