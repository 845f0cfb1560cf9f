import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { listOnStage, readQueueSummary } from '#core/queue/data'
import { readForecast } from '#core/queue/forecast-data'
import { readLanes } from '#core/queue/lanes-data'
import { countWaiting, listOpenJobs } from '#core/render-job/data'
import { readLastMoves } from '#core/render-job/last-moves'
import type { PageInput } from '../_components/page-input.ts'
import { shownOf } from '../_components/search-param.ts'
import { buttonClass } from '../_components/ui/button.tsx'
import { Empty } from '../_components/ui/empty.tsx'
import { Page, Section } from '../_components/ui/page.tsx'
import { requireUser } from '../_session/user.ts'
import { MoreLine } from './_jobs/more-line.tsx'
import { OnStageList } from './_jobs/on-stage.tsx'
import { QueueNotes } from './_jobs/queue-notes.tsx'
import { TheLine } from './_jobs/the-line.tsx'
import { WaitingList } from './_jobs/waiting-list.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('queue'))('title') }
}

const STEP = 100
const MOST = 500

/** The home page answers first: when is mine done? What renders now, and where one's own jobs stand. */
export default async function QueuePage({ searchParams }: PageInput) {
  const user = await requireUser()
  const show = shownOf((await searchParams).show, STEP, MOST)
  const [t, stage, open, waiting, summary, lanes] = await Promise.all([
    getTranslations(),
    listOnStage(user),
    listOpenJobs(user.id, show),
    countWaiting(user.id),
    readQueueSummary(),
    readLanes(user),
  ])
  const mine = open.filter((job) => job.state === 'queued')
  const [forecasts, moves] = await Promise.all([
    readForecast(stage.flatMap((row) => row.job?.id ?? [])),
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
        title={t('queue.onStage')}
        aside={summary.waiting > 0 && t('queue.inLine', { n: summary.waiting })}
      >
        {stage.length > 0 ? (
          <OnStageList rows={stage} forecasts={forecasts} />
        ) : (
          <p className="rounded-md border bg-surface px-4 py-5 text-muted">
            {t('queue.onStageEmpty')} {summary.waiting > 0 && !summary.pausedAt && t('queue.onStageNext')}
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
        <MoreLine hidden={waiting - mine.length} href={show < MOST ? `/?show=${MOST}` : null} />
      </Section>
      {lanes.some((lane) => lane.blocks.length > 0) && (
        <Section title={t('queue.line')}>
          <TheLine lanes={lanes} />
        </Section>
      )}
    </Page>
  )
}
