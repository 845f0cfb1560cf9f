import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { bareName } from '#app/_components/format'
import { GlideList } from '#app/_components/ui/glide-list.tsx'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { DoneAt } from '#app/_jobs/done-at.tsx'
import { JobMenu } from '#app/_jobs/job-menu.tsx'
import { MovedNote } from '#app/_jobs/moved-note.tsx'
import { mediaOf } from '#app/_jobs/show-state'
import { RetryNote } from '#app/(portal)/_jobs/retry-note.tsx'
import type { JobView } from '#core/render-job/data'
import type { LastMove } from '#core/render-job/last-moves'

/** Jobs that wait, in the order of the line. Rows glide when they move up. */
export function WaitingList({
  jobs,
  paused,
  moves,
}: {
  jobs: JobView[]
  paused: boolean
  moves: ReadonlyMap<string, LastMove>
}) {
  return (
    <GlideList className="relative divide-y rounded-md border bg-surface" aria-live="off">
      {jobs.map((job) => (
        <li key={job.id} data-key={job.id} className="content-auto">
          <WaitingRow job={job} paused={paused} move={moves.get(job.id)} />
        </li>
      ))}
    </GlideList>
  )
}

function WaitingRow({ job, paused, move }: { job: JobView; paused: boolean; move: LastMove | undefined }) {
  const t = useTranslations('queue')
  const name = bareName(job.presenter.name)
  // A job whose batch is paused has no place to tell; it gets its own back later.
  const { position } = job
  return (
    <div className="flex items-center gap-3 py-2 pr-2 pl-3 sm:gap-4 sm:pl-4">
      {position === null ? (
        <span className="min-w-10 text-sm text-muted">–</span>
      ) : (
        <span role="img" className="min-w-10 text-sm font-medium" aria-label={t('position', { n: position })}>
          #{position}
        </span>
      )}
      <Thumb src={mediaOf.presenterThumb(job.presenter)} className="h-9 w-16 rounded-sm" />
      <div className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-center">
        <p className="flex min-w-0 gap-x-1.5">
          <Link
            prefetch={false}
            href={`/jobs/${job.id}`}
            title={job.presenter.name}
            className="truncate font-medium hover:underline"
          >
            {name}
          </Link>
          <span className="text-faint">·</span>
          <Link
            prefetch={false}
            href={`/batches/${job.batchId}`}
            title={job.batch.name}
            className="max-w-1/2 shrink-0 truncate text-muted hover:underline"
          >
            {job.batch.name}
          </Link>
        </p>
        <p className="flex flex-wrap gap-x-3 text-sm text-muted">
          <RetryNote notBefore={job.notBefore} />
          {(paused || position === null) && <span className="font-medium text-amber">{t('pausedRow')}</span>}
          {position !== null && <span>{t('jobsAhead', { n: position - 1 })}</span>}
          {!job.notBefore && (
            <span className="text-right text-ink sm:min-w-44">
              <DoneAt forecast={job.forecast} bare />
            </span>
          )}
        </p>
      </div>
      <MovedNote move={move} name={name} />
      <JobMenu job={{ id: job.id, name, state: job.state }} />
    </div>
  )
}
