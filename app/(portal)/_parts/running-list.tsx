import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { bareName, deviceName } from '#app/_components/format'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { DoneAt } from '#app/_jobs/done-at.tsx'
import { LiveProgress } from '#app/_jobs/live-progress.tsx'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import { deviceKey } from '#app/_live/progress-keys'
import type { JobForecast } from '#core/forecast/forecast-data'
import type { RunningRow } from '#core/overview/data'

/** What the slots do now: one's own jobs (an admin's: all) in full, other people's as "team". */
export function RunningList({
  rows,
  forecasts,
}: {
  rows: RunningRow[]
  forecasts: ReadonlyMap<string, JobForecast>
}) {
  return (
    <ul className="divide-y rounded-md border bg-surface">
      {rows.map((row, index) => (
        <li key={row.job?.id ?? `${row.device} ${index}`} className="flex gap-4 p-3 sm:p-4">
          {row.job ? (
            <OwnRow row={row} job={row.job} forecast={forecasts.get(row.job.id)} />
          ) : (
            <TeamRow row={row} />
          )}
        </li>
      ))}
    </ul>
  )
}

const progressOf = (row: RunningRow) => ({
  stage: row.stage,
  fraction: row.fraction,
  fps: row.fps,
  framesDone: 0,
  frames: null,
})

function OwnRow({
  row,
  job,
  forecast,
}: {
  row: RunningRow
  job: NonNullable<RunningRow['job']>
  forecast: JobForecast | undefined
}) {
  const t = useTranslations('queue')
  const name = bareName(job.presenterName)
  return (
    <>
      <Link prefetch={false} href={`/jobs/${job.id}`} tabIndex={-1} aria-hidden="true" className="shrink-0">
        <Thumb
          src={`/api/v1/assets/${job.presenterId}/thumbnail`}
          className="h-14 w-24 rounded-sm sm:h-[72px] sm:w-32"
        />
      </Link>
      <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] content-between gap-2">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <p className="flex min-w-48 flex-1 gap-x-1.5">
            <Link
              prefetch={false}
              href={`/jobs/${job.id}`}
              title={job.presenterName}
              className="truncate font-medium hover:underline"
            >
              {name}
            </Link>
            <span className="text-faint">·</span>
            <Link
              prefetch={false}
              href={`/batches/${job.batchId}`}
              title={job.batchName}
              className="max-w-1/2 shrink-0 truncate text-muted hover:underline"
            >
              {job.batchName}
            </Link>
          </p>
          <p className="flex flex-wrap gap-x-3 text-sm text-muted">
            {!row.mine && row.ownerName && <span>{row.ownerName}</span>}
            <span>{t('ofBatch', { done: row.batch.succeeded, total: row.batch.total })}</span>
            {row.device && <span>{t('slot', { device: deviceName(row.device) })}</span>}
            {!job.cancelling && (
              <span className="font-medium text-ink">
                <DoneAt forecast={forecast} only="clock" />
              </span>
            )}
          </p>
        </div>
        {job.cancelling && <StateLabel state="cancelling" />}
        <LiveProgress id={job.id} name={name} rendered={progressOf(row)} />
      </div>
    </>
  )
}

function TeamRow({ row }: { row: RunningRow }) {
  const t = useTranslations('queue')
  return (
    <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2">
      <div className="flex justify-between gap-4 text-sm text-muted">
        <span>{t('team')}</span>
        {row.device && <span>{t('slot', { device: deviceName(row.device) })}</span>}
      </div>
      <LiveProgress id={deviceKey(row.device)} name={t('team')} rendered={progressOf(row)} />
    </div>
  )
}
