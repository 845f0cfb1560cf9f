import { useTranslations } from 'next-intl'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { mediaOf } from '#app/_jobs/show-state'
import { optionsOf } from '#core/engine/options'
import type { JobView } from '#core/render-job/data'
import { Compare } from './compare.tsx'

/** The pictures: result beside source once there is one, before that the source alone. */
export function Pictures({ job, name }: { job: JobView; name: string }) {
  const t = useTranslations('job')
  const shape = shapeOf(job.presenter)
  const source = { src: mediaOf.asset(job.presenter.id), poster: mediaOf.presenterThumb(job.presenter) }
  if (job.state === 'succeeded')
    return (
      <Compare
        key={job.finishedAt?.getTime()}
        name={name}
        shape={shape}
        result={{ src: mediaOf.result(job.id), poster: mediaOf.thumb(job) }}
        source={{
          ...source,
          seconds: job.presenter.durationMs / 1000,
          shortVideo: optionsOf(job.batch.options).shortVideo,
        }}
      />
    )
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <figure className="grid gap-2">
        <div
          style={{ aspectRatio: shape }}
          className="relative grid place-items-center overflow-hidden rounded-md border bg-track"
        >
          <Thumb src={source.poster} className="absolute inset-0 opacity-25 blur-sm grayscale" />
          <p className="relative px-6 text-center text-sm text-muted">
            {t(job.state === 'failed' || job.state === 'cancelled' ? 'noResultEnded' : 'noResult')}
          </p>
        </div>
        <figcaption className="text-sm text-muted">{t('result')}</figcaption>
      </figure>
      <figure className="grid gap-2">
        {/* biome-ignore lint/a11y/useMediaCaption: nobody has captions of an uploaded video. */}
        <video
          controls
          playsInline
          preload="none"
          src={source.src}
          poster={source.poster ?? undefined}
          aria-label={`${t('source')}: ${name}`}
          style={{ aspectRatio: shape }}
          className="w-full rounded-md bg-black object-contain"
        />
        <figcaption className="text-sm text-muted">{t('source')}</figcaption>
      </figure>
    </div>
  )
}

/** The pictures' width to height; an upright video gets a frame that still fits the window. */
function shapeOf({ width, height }: { width: number | null; height: number | null }): number {
  return width && height ? Math.max(width / height, 0.8) : 16 / 9
}
