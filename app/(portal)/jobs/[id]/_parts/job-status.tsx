import { useTranslations } from 'next-intl'
import type { JobView } from '#core/render-job/data'
import { Clock } from '../../../../_components/time/clock.tsx'
import { JobError } from '../../../_jobs/job-error.tsx'
import { LiveProgress } from '../../../_jobs/live-progress.tsx'
import { shownState } from '../../../_jobs/show-state.ts'
import { StateLabel } from '../../../_jobs/state-label.tsx'
import { RetryNote } from '../../../_jobs/waiting-list.tsx'

/** How it stands with the job, at a glance and live. */
export function JobStatus({ job, name, paused }: { job: JobView; name: string; paused: boolean }) {
  const t = useTranslations('queue')
  const { stage, fraction, fps, framesDone } = job
  const state = shownState(job)
  return (
    <div className="grid gap-3 rounded-md border bg-surface p-4">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <StateLabel state={state === 'queued' && paused ? 'paused' : state} />
        {job.position !== null && (
          <>
            <span className="font-medium">#{job.position}</span>
            <span className="text-sm text-muted">{t('jobsAhead', { n: job.position - 1 })}</span>
          </>
        )}
        <span className="text-sm">
          <RetryNote notBefore={job.state === 'queued' ? job.notBefore : null} />
        </span>
        {job.finishedAt && (
          <span className="text-sm text-muted">
            <Clock at={job.finishedAt} />
          </span>
        )}
      </p>
      {job.state === 'running' && (
        <LiveProgress
          id={job.id}
          name={name}
          rendered={{ stage, fraction, fps, framesDone, frames: null }}
          frames
        />
      )}
      {job.state === 'failed' && <JobError job={job} className="text-base" />}
    </div>
  )
}
