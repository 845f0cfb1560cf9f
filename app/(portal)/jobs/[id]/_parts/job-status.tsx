import { useTranslations } from 'next-intl'
import { Clock } from '#app/_components/time/clock.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { DoneAt } from '#app/_jobs/done-at.tsx'
import { JobError } from '#app/_jobs/job-error.tsx'
import { LiveProgress } from '#app/_jobs/live-progress.tsx'
import { shownState } from '#app/_jobs/show-state'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import { RetryNote } from '#app/(portal)/_jobs/retry-note.tsx'
import type { JobView } from '#core/render-job/data'
import { isPermanent } from '#core/render-job/error-codes'
import { faceTimesOf } from '#core/render-job/face-times'
import { FaceStrip } from './face-strip.tsx'

/** How it stands with the job, in one line. */
export function JobStatus({ job, paused }: { job: JobView; paused: boolean }) {
  const t = useTranslations()
  const state = shownState(job)
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
      <StateLabel state={state === 'queued' && (paused || job.batch.pausedAt) ? 'paused' : state} />
      {state === 'queued' && job.batch.pausedAt && <span>{t('job.pausedBatch')}</span>}
      {job.position !== null && (
        <span>
          <span className="font-medium text-ink">#{job.position}</span> ·{' '}
          {t('queue.jobsAhead', { n: job.position - 1 })}
        </span>
      )}
      {state !== 'cancelling' && state !== 'retrying' && <DoneAt forecast={job.forecast} />}
      <RetryNote notBefore={job.state === 'queued' ? job.notBefore : null} />
      {job.finishedAt && <Clock at={job.finishedAt} />}
    </p>
  )
}

/** What matters most right now: how far it is, or why it failed. */
export function JobNow({ job, name }: { job: JobView; name: string }) {
  const t = useTranslations('job')
  const { stage, fraction, fps, framesDone } = job
  if (job.state === 'running')
    return (
      <div className="rounded-md border bg-surface p-4">
        <LiveProgress
          id={job.id}
          name={name}
          rendered={{ stage, fraction, fps, framesDone, frames: null }}
          frames
        />
      </div>
    )
  if (job.state !== 'failed') return null
  const times = job.errorCode === 'no_face' ? faceTimesOf(job.errorParams) : null
  return (
    <Note tone="danger">
      <JobError job={job} />
      {times && <FaceStrip times={times} />}
      {!isPermanent(job.errorCode) && (
        <p className="mt-1 text-xs text-muted">{t('reference', { id: job.id })}</p>
      )}
    </Note>
  )
}
