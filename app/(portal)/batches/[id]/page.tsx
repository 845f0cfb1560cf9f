import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { cache } from 'react'
import { findBatch } from '#core/batch/data'
import { isId } from '#core/ids'
import { readControl } from '#core/queue/control'
import { optionsOf } from '#core/render-job/options'
import type { PageInput } from '../../../_components/page-input.ts'
import { shownOf } from '../../../_components/search-param.ts'
import { Clock } from '../../../_components/time/clock.tsx'
import { Empty } from '../../../_components/ui/empty.tsx'
import { Note } from '../../../_components/ui/note.tsx'
import { Page, Section } from '../../../_components/ui/page.tsx'
import { requireUser } from '../../../_session/user.ts'
import { BatchActions } from '../../_jobs/batch-actions.tsx'
import { CancelBatch } from '../../_jobs/cancel-batch.tsx'
import { DoneAt, lastDone } from '../../_jobs/done-at.tsx'
import { JobTile } from '../../_jobs/job-tile.tsx'
import { MoreLine } from '../../_jobs/more-line.tsx'
import { OptionsList } from '../../_jobs/options-list.tsx'
import { canHelp } from '../../_jobs/show-state.ts'
import { SpeechPlayer } from '../../_jobs/speech-player.tsx'
import { StateLabel } from '../../_jobs/state-label.tsx'

const load = cache(async (id: string) => {
  const user = await requireUser(`/batches/${id}`)
  const batch = isId(id) ? await findBatch(id, user) : null
  if (!batch) notFound()
  return { user, batch }
})

export async function generateMetadata({ params }: PageInput<{ id: string }>): Promise<Metadata> {
  return { title: (await load((await params).id)).batch.name }
}

const STEP = 120
const MOST = 500

/** One batch: its speech, how far it is, and a tile for each presenter. */
export default async function BatchPage({ params, searchParams }: PageInput<{ id: string }>) {
  const { user, batch } = await load((await params).id)
  const [t, control] = await Promise.all([getTranslations('batch'), readControl()])
  const { progress, jobs } = batch
  const show = shownOf((await searchParams).show, STEP, MOST)
  const done = lastDone(jobs)
  const failed = jobs.filter((job) => job.state === 'failed' && canHelp(job)).length
  const open = jobs.filter((job) => job.state === 'queued' || job.state === 'running').length
  return (
    <Page
      title={batch.name}
      above={<p className="text-sm text-muted">{t('label')}</p>}
      actions={
        <>
          <BatchActions id={batch.id} open={open} failed={failed} paused={batch.pausedAt !== null} />
          {open > 0 && <CancelBatch id={batch.id} open={open} />}
        </>
      }
    >
      {batch.pausedAt && open > 0 && (
        <Note tone="paused" title={t('pausedTitle')}>
          {t.rich('pausedText', { when: () => <Clock at={batch.pausedAt!} /> })}
        </Note>
      )}
      <div className="grid gap-4 rounded-md border bg-surface p-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
          {jobs.length > 0 && <StateLabel state={progress.state} />}
          <span className="font-medium">
            {t('progress', { done: progress.succeeded, total: progress.total })}
          </span>
          {done && (
            <span className="font-medium">
              <DoneAt forecast={done} />
            </span>
          )}
          <span className="text-sm text-muted">
            {t.rich('created', { when: () => <Clock at={batch.createdAt} /> })}
            {batch.ownerId !== user.id && ` · ${t('by', { name: batch.owner.name })}`}
          </span>
        </div>
        <OptionsList options={optionsOf(batch.options)} />
        <SpeechPlayer speech={batch.speech} />
      </div>
      <Section title={t('presenters')}>
        {jobs.length > 0 ? (
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,232px),1fr))] gap-x-5 gap-y-7">
            {jobs.slice(0, show).map((job) => (
              <JobTile key={job.id} job={job} paused={control.pausedAt !== null} />
            ))}
          </ul>
        ) : (
          <Empty title={t('empty')} />
        )}
        <MoreLine hidden={jobs.length - show} href={`/batches/${batch.id}?show=${MOST}`} />
      </Section>
    </Page>
  )
}
