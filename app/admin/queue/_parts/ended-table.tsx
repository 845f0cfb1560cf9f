import { useTranslations } from 'next-intl'
import { bareName } from '#app/_components/format'
import { Clock } from '#app/_components/time/clock.tsx'
import { Table, Td, Th } from '#app/_components/ui/table.tsx'
import { JobError } from '#app/_jobs/job-error.tsx'
import { canHelp } from '#app/_jobs/show-state'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import type { JobView } from '#core/render-job/data'
import { ResubmitMenu } from './admin-job-menu.tsx'
import { JobCell } from './job-cell.tsx'

/** What failed or was cancelled lately, why, and the way back into the line where that can help. */
export function EndedTable({ jobs }: { jobs: JobView[] }) {
  const t = useTranslations('admin')
  const head = (
    <>
      <Th>{t('presenter')}</Th>
      <Th wide className="w-40">
        {t('owner')}
      </Th>
      <Th wide className="w-[36%]">
        {t('state')}
      </Th>
      <Th wide className="w-44">
        {t('ended')}
      </Th>
      <Th className="w-36">
        <span className="sr-only">{t('actions')}</span>
      </Th>
    </>
  )
  return (
    <Table head={head} label={t('recent')}>
      <tbody className="divide-y">
        {jobs.map((job) => (
          <tr key={job.id}>
            <Td>
              <JobCell job={job} />
            </Td>
            <Td wide className="text-muted">
              {job.owner.name}
            </Td>
            <Td wide className="whitespace-normal">
              {job.state === 'failed' ? <JobError job={job} /> : <StateLabel state={job.state} />}
            </Td>
            <Td wide className="text-muted">
              {job.finishedAt && <Clock at={job.finishedAt} />}
            </Td>
            <Td className="text-right whitespace-normal">
              {canHelp(job) ? (
                <ResubmitMenu job={{ id: job.id, name: bareName(job.presenter.name), state: job.state }} />
              ) : (
                <span className="text-sm text-muted">{t('failsAgain')}</span>
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
