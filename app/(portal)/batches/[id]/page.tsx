import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { cache } from 'react'
import { noteLook } from '#app/_auth/look'
import { requireUser } from '#app/_auth/user'
import type { PageInput } from '#app/_components/page-input'
import { shownOf } from '#app/_components/search-param'
import { Clock } from '#app/_components/time/clock.tsx'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { DoneAt, lastDone } from '#app/_jobs/done-at.tsx'
import { MoreLine } from '#app/_jobs/more-line.tsx'
import { canHelp } from '#app/_jobs/show-state'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import { BatchActions } from '#app/(portal)/_jobs/batch-actions.tsx'
import { CancelBatch } from '#app/(portal)/_jobs/cancel-batch.tsx'
import { DeleteBatch } from '#app/(portal)/_jobs/delete-batch.tsx'
import { JobTile } from '#app/(portal)/_jobs/job-tile.tsx'
import { OptionsList } from '#app/(portal)/_jobs/options-list.tsx'
import { SpeechPlayer } from '#app/(portal)/_jobs/speech-player.tsx'
import { findBatch } from '#core/batch/data'
import { optionsOf } from '#core/engine/options'
import { isId } from '#core/ids'
import { readControl } from '#core/queue/control'

const load = cache(async (id: string) => {
  const user = await requireUser(`/batches/${id}`)
  const batch = isId(id) ? await findBatch(id, user) : null
  if (!batch) notFound()
  await noteLook(user, 'batch.view', batch.id)
  return { user, batch }
})

export async function generateMetadata({ params }: PageInput<{ id: string }>): Promise<Metadata> {
  return { title: (await load((await params).id)).batch.name }
}

const STEP = 120
const MAX = 500

/** One batch: its speech, how far it is, and a tile for each presenter. */
export default async function BatchPage({ params, searchParams }: PageInput<{ id: string }>) {
  const { user, batch } = await load((await params).id)
  const [t, control] = await Promise.all([getTranslations('batch'), readControl()])
  const { progress, jobs } = batch
  const show = shownOf((await searchParams).show, STEP, MAX)
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
          <DeleteBatch id={batch.id} open={open} />
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
        <MoreLine hidden={jobs.length - show} href={`/batches/${batch.id}?show=${MAX}`} />
      </Section>
    </Page>
  )
}
