import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import type { PageInput } from '#app/_components/page-input'
import { firstOf, shownOf } from '#app/_components/search-param'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { MoreLine } from '#app/_jobs/more-line.tsx'
import { QueueNotes } from '#app/_jobs/queue-notes.tsx'
import { readLimits } from '#core/limits/limits'
import { readQueueSummary } from '#core/overview/data'
import { readControl } from '#core/queue/control'
import { listBatchesWith, listJobsBy } from '#core/render-job/admin-data'
import { listEndedJobs } from '#core/render-job/data'
import { readLastMoves } from '#core/render-job/last-moves'
import { listUsers } from '#core/user/data'
import { EndedTable } from './_parts/ended-table.tsx'
import { filterHref, filterOf, isFiltered } from './_parts/filter.ts'
import { Filters } from './_parts/filters.tsx'
import { PauseButton } from './_parts/pause-button.tsx'
import { QueueTable } from './_parts/queue-table.tsx'
import { rowOf } from './_parts/row.ts'
import { SettingsDialog } from './_parts/settings-dialog.tsx'
import { Strip } from './_parts/strip.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('admin'))('queueTitle') }
}

const STEP = 100
const MAX = 500

/** All jobs that wait or run, in the order of the line, and what an admin may do with each, or with many at once. */
export default async function AdminQueuePage({ searchParams }: PageInput) {
  await requireRole('operator', '/admin/queue')
  const query = await searchParams
  const show = shownOf(firstOf(query.show), STEP, MAX)
  const filter = filterOf(query)
  const [t, words, summary, { jobs, total }, ended, control, limits, owners, batches] = await Promise.all([
    getTranslations('admin'),
    getTranslations(),
    readQueueSummary(),
    listJobsBy(filter, show),
    listEndedJobs({ states: ['failed', 'cancelled'] }, { limit: 12 }),
    readControl(),
    readLimits(),
    listUsers(),
    listBatchesWith(filter.states),
  ])
  const paused = summary.pausedAt !== null
  const moves = await readLastMoves(jobs.filter((job) => job.state === 'queued').map((job) => job.id))
  const { policy, agingMinutes, preemption } = control
  return (
    <Page
      wide
      title={t('queueTitle')}
      actions={
        <>
          <Link href="/admin/forecast" className={buttonClass({ look: 'quiet' })}>
            {words('calibration.link')}
          </Link>
          <SettingsDialog settings={{ policy, agingMinutes, preemption, limits }} />
          <PauseButton paused={paused} />
        </>
      }
    >
      <QueueNotes summary={summary} />
      <Strip summary={summary} />
      <Section title={t('open')}>
        <Filters
          filter={filter}
          owners={owners.map(({ id, name }) => ({ id, name }))}
          batches={batches.map(({ id, name }) => ({ id, name }))}
        />
        {jobs.length > 0 ? (
          <QueueTable
            key={filterHref(filter)}
            rows={jobs.map((job) => rowOf(job, paused, moves.get(job.id)))}
            total={total}
            filter={filter}
          />
        ) : (
          <Empty title={isFiltered(filter) ? words('table.noMatch') : t('openEmpty')} />
        )}
        <MoreLine hidden={total - jobs.length} href={show < MAX ? filterHref(filter, MAX) : null} />
      </Section>
      <Section title={t('recent')}>
        {ended.jobs.length > 0 ? (
          <EndedTable jobs={ended.jobs} />
        ) : (
          <p className="text-sm text-muted">{t('recentEmpty')}</p>
        )}
      </Section>
    </Page>
  )
}
