import { Download } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { bareName, clockLength } from '#app/_components/format'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { DoneAt } from '#app/_jobs/done-at.tsx'
import { JobError } from '#app/_jobs/job-error.tsx'
import { JobMenu } from '#app/_jobs/job-menu.tsx'
import { mediaOf, shownState } from '#app/_jobs/show-state'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import type { JobView } from '#core/render-job/data'
import { LiveRing } from './live-ring.tsx'
import { PreviewLink } from './preview-link.tsx'
import { ResubmitButton } from './resubmit-button.tsx'
import { RetryNote } from './retry-note.tsx'

/** One presenter of a gallery: picture, state, and what can be done with it. `picture` may replace the preview. */
export function JobTile({
  job,
  note,
  picture,
  paused,
}: {
  job: JobView
  note?: ReactNode
  picture?: ReactNode
  paused?: boolean
}) {
  const action = useTranslations('action')
  const name = bareName(job.presenter.name)
  const length = job.resultDurationMs
  return (
    <li data-job={job.id} className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-2">
      <div className="relative aspect-video overflow-hidden rounded-md border bg-track">
        {picture ?? <Picture job={job} name={name} />}
        {length !== null && job.state === 'succeeded' && (
          <span className="pointer-events-none absolute right-1.5 bottom-1.5 rounded-sm bg-black/70 px-1.5 text-xs text-white">
            {clockLength(length)}
          </span>
        )}
      </div>
      <div className="flex min-w-0 items-start gap-1">
        <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-0.5">
          <Link
            prefetch={false}
            href={`/jobs/${job.id}`}
            title={job.presenter.name}
            className="truncate font-medium hover:underline"
          >
            {name}
          </Link>
          <Status job={job} paused={paused} />
          {note}
        </div>
        {job.state === 'succeeded' && (
          <a
            href={mediaOf.download(job.id)}
            download
            aria-label={`${action('download')}: ${name}`}
            className={buttonClass({ look: 'quiet', size: 'icon' })}
          >
            <Download aria-hidden="true" />
          </a>
        )}
        <JobMenu
          job={{
            ...{ id: job.id, name, state: job.state, errorCode: job.errorCode },
            cancelling: job.cancelRequestedAt !== null,
          }}
        />
      </div>
      {job.state === 'failed' && <JobError job={job} />}
      {(job.state === 'failed' || job.state === 'cancelled') && (
        <div>
          <ResubmitButton job={{ id: job.id, state: job.state, errorCode: job.errorCode }} size="sm" />
        </div>
      )}
    </li>
  )
}

function Picture({ job, name }: { job: JobView; name: string }) {
  const t = useTranslations('batch')
  const href = `/jobs/${job.id}`
  if (job.state === 'succeeded')
    return (
      <PreviewLink
        href={href}
        thumb={mediaOf.thumb(job)}
        video={mediaOf.result(job.id)}
        label={t('preview', { name })}
      />
    )
  const { stage, fraction, fps, framesDone } = job
  const running = job.state === 'running'
  return (
    <>
      <Link prefetch={false} href={href} tabIndex={-1} aria-hidden="true" className="absolute inset-0">
        <Thumb
          src={mediaOf.presenterThumb(job.presenter)}
          className={running ? 'size-full' : 'size-full opacity-60 grayscale-50'}
        />
      </Link>
      {running && (
        <LiveRing id={job.id} name={name} rendered={{ stage, fraction, fps, framesDone, frames: null }} />
      )}
    </>
  )
}

function Status({ job, paused }: { job: JobView; paused?: boolean }) {
  const t = useTranslations('queue')
  const state = shownState(job)
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
      <StateLabel state={state === 'queued' && (paused || job.batch.pausedAt) ? 'paused' : state} />
      {job.position !== null && (
        <span>
          #{job.position} · {t('jobsAhead', { n: job.position - 1 })}
        </span>
      )}
      {state === 'retrying' ? (
        <RetryNote notBefore={job.notBefore} />
      ) : (
        state !== 'cancelling' && (
          <DoneAt forecast={job.forecast} only={state === 'running' ? 'clock' : undefined} />
        )
      )}
    </p>
  )
}
