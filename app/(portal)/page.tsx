import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { requireUser } from '#app/_auth/user'
import type { PageInput } from '#app/_components/page-input'
import { shownOf } from '#app/_components/search-param'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { MoreLine } from '#app/_jobs/more-line.tsx'
import { QueueNotes } from '#app/_jobs/queue-notes.tsx'
import { readForecast } from '#core/forecast/forecast-data'
import { readLanes } from '#core/forecast/lanes-data'
import { listRunning, readQueueSummary } from '#core/overview/data'
import { countWaiting, listOpenJobs } from '#core/render-job/data'
import { readLastMoves } from '#core/render-job/last-moves'
import { RunningList } from './_parts/running-list.tsx'
import { Schedule } from './_parts/schedule.tsx'
import { WaitingList } from './_parts/waiting-list.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('queue'))('title') }
}

const STEP = 100
const MAX = 500

/** The home page answers first: when is mine done? What renders now, and where one's own jobs stand. */
export default async function QueuePage({ searchParams }: PageInput) {
  const user = await requireUser()
  const show = shownOf((await searchParams).show, STEP, MAX)
  const [t, running, open, waiting, summary, lanes] = await Promise.all([
    getTranslations(),
    listRunning(user),
    listOpenJobs(user.id, show),
    countWaiting(user.id),
    readQueueSummary(),
    readLanes(user),
  ])
  const mine = open.filter((job) => job.state === 'queued')
  const [forecasts, moves] = await Promise.all([
    readForecast(running.flatMap((row) => row.job?.id ?? [])),
    readLastMoves(mine.map((job) => job.id)),
  ])
  const newBatch = (
    <Link href="/new" className={buttonClass({ look: 'primary' })}>
      <Plus aria-hidden="true" />
      {t('nav.newBatch')}
    </Link>
  )
  return (
    <Page title={t('queue.title')} actions={newBatch}>
      <QueueNotes summary={summary} />
      <Section
        title={t('queue.rendering')}
        aside={summary.waiting > 0 && t('queue.queuedCount', { n: summary.waiting })}
      >
        {running.length > 0 ? (
          <RunningList rows={running} forecasts={forecasts} />
        ) : (
          <p className="rounded-md border bg-surface px-4 py-5 text-muted">
            {t('queue.renderingEmpty')} {summary.waiting > 0 && !summary.pausedAt && t('queue.renderingNext')}
          </p>
        )}
      </Section>
      <Section title={t('queue.mine')} aside={waiting > 0 && t('queue.waitingCount', { n: waiting })}>
        {mine.length > 0 ? (
          <WaitingList jobs={mine} paused={summary.pausedAt !== null} moves={moves} />
        ) : (
          <Empty title={t('queue.mineEmpty')} action={newBatch}>
            {t('queue.mineEmptyText')}
          </Empty>
        )}
        <MoreLine hidden={waiting - mine.length} href={show < MAX ? `/?show=${MAX}` : null} />
      </Section>
      {lanes.some((lane) => lane.blocks.length > 0) && (
        <Section title={t('queue.schedule')}>
          <Schedule lanes={lanes} />
        </Section>
      )}
    </Page>
  )
}
