import { Trash2 } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { requireUser } from '#app/_auth/user'
import type { PageInput } from '#app/_components/page-input'
import { firstOf } from '#app/_components/search-param'
import { Clock } from '#app/_components/time/clock.tsx'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page } from '#app/_components/ui/page.tsx'
import { JobTile } from '#app/(portal)/_jobs/job-tile.tsx'
import { isId } from '#core/ids'
import { listEndedJobs } from '#core/render-job/data'
import { historyHref, isEndedState } from './_parts/address.ts'
import { PlayTile } from './_parts/play-tile.tsx'
import { StateFilter } from './_parts/state-filter.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('history'))('title') }
}

/** What one has rendered, newest first; filter and page are in the address, so that a link shares them. */
export default async function HistoryPage({ searchParams }: PageInput) {
  const [user, query] = [await requireUser('/history'), await searchParams]
  const asked = firstOf(query.state)
  const state = isEndedState(asked) ? asked : undefined
  const before = firstOf(query.before)
  const cursor = before && isId(before) ? before : undefined
  const [t, { jobs, nextCursor }] = await Promise.all([
    getTranslations('history'),
    listEndedJobs({ ownerId: user.id, states: state && [state] }, { limit: 24, cursor }),
  ])
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <StateFilter state={state} />
          <Link href="/trash" prefetch={false} className={buttonClass({ look: 'quiet' })}>
            <Trash2 aria-hidden="true" />
            {t('trash')}
          </Link>
        </>
      }
    >
      {jobs.length > 0 ? (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,232px),1fr))] gap-x-5 gap-y-7">
          {jobs.map((job) => (
            <JobTile
              key={job.id}
              job={job}
              picture={job.state === 'succeeded' ? <PlayTile job={job} /> : undefined}
              note={
                <>
                  <Link
                    prefetch={false}
                    href={`/batches/${job.batchId}`}
                    title={job.batch.name}
                    className="truncate text-sm text-muted hover:underline"
                  >
                    {job.batch.name}
                  </Link>
                  {job.finishedAt && (
                    <p className="text-sm text-muted">
                      <Clock at={job.finishedAt} />
                    </p>
                  )}
                </>
              }
            />
          ))}
        </ul>
      ) : (
        <Empty title={state ? t('emptyFilter', { state }) : t('empty')}>{!state && t('emptyText')}</Empty>
      )}
      <nav className="flex justify-center gap-2" aria-label={t('title')}>
        {cursor && (
          <Link href={historyHref(state)} className={buttonClass()}>
            {t('newest')}
          </Link>
        )}
        {nextCursor && (
          <Link href={historyHref(state, nextCursor)} className={buttonClass()}>
            {t('older')}
          </Link>
        )}
      </nav>
    </Page>
  )
}
