import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { readQueueSummary } from '#core/queue/data'
import { listAllOpenJobs, listEndedJobs } from '#core/render-job/data'
import type { PageInput } from '../../_components/page-input.ts'
import { firstOf, shownOf } from '../../_components/search-param.ts'
import { Empty } from '../../_components/ui/empty.tsx'
import { Page, Section } from '../../_components/ui/page.tsx'
import { requireAdmin } from '../../_session/user.ts'
import { MoreLine } from '../../(portal)/_jobs/more-line.tsx'
import { QueueNotes } from '../../(portal)/_jobs/queue-notes.tsx'
import { EndedTable } from './_parts/ended-table.tsx'
import { OpenTable } from './_parts/open-table.tsx'
import { PauseButton } from './_parts/pause-button.tsx'
import { Strip } from './_parts/strip.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('admin'))('queueTitle') }
}

const STEP = 100
const MOST = 500

/** All jobs that wait or run, in the order of the line, and what an admin may do with each. */
export default async function AdminQueuePage({ searchParams }: PageInput) {
  await requireAdmin('/admin/queue')
  const show = shownOf(firstOf((await searchParams).show), STEP, MOST)
  const [t, summary, jobs, ended] = await Promise.all([
    getTranslations('admin'),
    readQueueSummary(),
    listAllOpenJobs(show),
    listEndedJobs({ states: ['failed', 'cancelled'] }, { limit: 12 }),
  ])
  const paused = summary.pausedAt !== null
  const shown = jobs.filter((job) => job.state === 'queued').length
  return (
    <Page wide title={t('queueTitle')} actions={<PauseButton paused={paused} />}>
      <QueueNotes summary={summary} />
      <Strip summary={summary} />
      <Section title={t('open')}>
        {jobs.length > 0 ? <OpenTable jobs={jobs} paused={paused} /> : <Empty title={t('openEmpty')} />}
        <MoreLine hidden={summary.waiting - shown} href={show < MOST ? `/admin/queue?show=${MOST}` : null} />
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
