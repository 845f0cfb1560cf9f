import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { cache } from 'react'
import { noteLook } from '#app/_auth/look'
import { requireUser } from '#app/_auth/user'
import { bareName } from '#app/_components/format'
import type { PageInput } from '#app/_components/page-input'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { isId } from '#core/ids'
import { readControl } from '#core/queue/control'
import { findJob, readJobLog } from '#core/render-job/data'
import { namesOf } from '#core/viewer/names'
import { Facts } from './_parts/facts.tsx'
import { JobActions } from './_parts/job-actions.tsx'
import { JobLog } from './_parts/job-log.tsx'
import { JobNow, JobStatus } from './_parts/job-status.tsx'
import { Pictures } from './_parts/pictures.tsx'
import { Timeline } from './_parts/timeline.tsx'

const load = cache(async (id: string) => {
  const user = await requireUser(`/jobs/${id}`)
  const job = isId(id) ? await findJob(id, user) : null
  if (!job) notFound()
  await noteLook(user, 'job.view', job.id)
  return { user, job, name: bareName(job.presenter.name) }
})

export async function generateMetadata({ params }: PageInput<{ id: string }>): Promise<Metadata> {
  return { title: (await load((await params).id)).name }
}

/** One job: its result beside its source, what happened to it, and its log. */
export default async function JobPage({ params }: PageInput<{ id: string }>) {
  const { user, job, name } = await load((await params).id)
  const [t, control, events] = await Promise.all([
    getTranslations('job'),
    readControl(),
    readJobLog(job.id, user),
  ])
  const actors = await namesOf((events ?? []).map((event) => event.actorId))
  return (
    <Page
      title={name}
      above={
        <p className="truncate text-sm text-muted">
          <Link href={`/batches/${job.batchId}`} title={job.batch.name} className="hover:underline">
            {job.batch.name}
          </Link>
        </p>
      }
      below={<JobStatus job={job} paused={control.pausedAt !== null} />}
      actions={
        <JobActions
          job={{
            ...{ id: job.id, name, state: job.state, errorCode: job.errorCode },
            cancelling: job.cancelRequestedAt !== null,
          }}
          batchId={job.batchId}
        />
      }
    >
      <JobNow job={job} name={name} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-[280px_minmax(0,1fr)]">
        <div className="grid min-w-0 content-start gap-8 max-lg:order-last">
          <Section title={t('timeline')}>
            <Timeline events={events ?? []} actors={actors} />
          </Section>
          <Facts job={job} />
        </div>
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-6">
          <Pictures job={job} name={name} />
          <JobLog id={job.id} />
        </div>
      </div>
    </Page>
  )
}
