import { useTranslations } from 'next-intl'
import type { JobView } from '#core/render-job/data'
import { bareName } from '../../../_components/format.ts'
import { Clock } from '../../../_components/time/clock.tsx'
import { GlideList } from '../../../_components/ui/glide-list.tsx'
import { Table, Td, Th } from '../../../_components/ui/table.tsx'
import { LivePercent } from '../../../(portal)/_jobs/live-percent.tsx'
import { shownState } from '../../../(portal)/_jobs/show-state.ts'
import { StateLabel } from '../../../(portal)/_jobs/state-label.tsx'
import { AdminJobMenu, BandMenu } from './admin-job-menu.tsx'
import { JobCell } from './job-cell.tsx'

/** Everybody's open jobs, running ones first, then the line. */
export function OpenTable({ jobs, paused }: { jobs: JobView[]; paused: boolean }) {
  const t = useTranslations('admin')
  const head = (
    <>
      <Th className="w-14 sm:w-20">
        <span aria-hidden="true" className="sm:hidden">
          #
        </span>
        <span className="max-sm:sr-only">{t('position')}</span>
      </Th>
      <Th>{t('presenter')}</Th>
      <Th wide className="w-40">
        {t('owner')}
      </Th>
      <Th className="w-28 sm:w-48">{t('state')}</Th>
      <Th wide className="w-32">
        {t('priority')}
      </Th>
      <Th wide className="w-44">
        {t('since')}
      </Th>
      <Th className="w-14">
        <span className="sr-only">{t('actions')}</span>
      </Th>
    </>
  )
  return (
    <Table head={head} label={t('open')}>
      <GlideList as="tbody" className="divide-y">
        {jobs.map((job) => (
          <Row key={job.id} job={job} paused={paused} />
        ))}
      </GlideList>
    </Table>
  )
}

function Row({ job, paused }: { job: JobView; paused: boolean }) {
  const name = bareName(job.presenter.name)
  const state = shownState(job)
  const { stage, fraction, fps, framesDone } = job
  return (
    <tr data-key={job.id}>
      <Td className="font-medium">{job.position === null ? '–' : `#${job.position}`}</Td>
      <Td>
        <JobCell job={job} />
      </Td>
      <Td wide className="text-muted" title={job.owner.email}>
        {job.owner.name}
      </Td>
      <Td>
        <span className="flex flex-wrap items-center gap-x-2">
          <StateLabel state={state === 'queued' && paused ? 'paused' : state} />
          {job.state === 'running' && (
            <LivePercent id={job.id} rendered={{ stage, fraction, fps, framesDone, frames: null }} />
          )}
        </span>
      </Td>
      <Td wide>
        {job.state === 'queued' ? (
          <BandMenu id={job.id} name={name} band={job.band} />
        ) : (
          <BandWord band={job.band} />
        )}
      </Td>
      <Td wide className="text-muted">
        <Clock at={job.startedAt ?? job.queuedAt} />
      </Td>
      <Td className="text-right">
        <AdminJobMenu
          job={{ id: job.id, name, state: job.state, cancelling: job.cancelRequestedAt !== null }}
          band={job.band}
        />
      </Td>
    </tr>
  )
}

function BandWord({ band }: { band: JobView['band'] }) {
  const t = useTranslations('band')
  return <span className="text-muted">{t(band)}</span>
}
