import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { deviceName } from '#app/_components/format'
import { Clock } from '#app/_components/time/clock.tsx'
import { cx } from '#app/_components/ui/cx'
import type { QueueSummary } from '#app/_jobs/queue-notes.tsx'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import { slotState } from '#app/admin/workers/_parts/slot-state'

/** The queue in one line: does it run, how deep is it, how long waits the first, which slots are there. */
export function Strip({ summary }: { summary: QueueSummary }) {
  const t = useTranslations('admin')
  const format = useFormatter()
  const { pausedAt, waiting, running, oldestQueuedAt, workers } = summary
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border bg-line sm:grid-cols-3 lg:grid-cols-[repeat(4,minmax(0,1fr))_minmax(0,2fr)]">
      <Cell name={t('state')}>
        {pausedAt ? <StateLabel state="paused" /> : <span className="text-accent">{t('running')}</span>}
      </Cell>
      <Cell name={t('waiting')}>{format.number(waiting)}</Cell>
      <Cell name={t('rendering')}>{format.number(running)}</Cell>
      <Cell name={t('oldest')}>
        {oldestQueuedAt ? <Clock at={oldestQueuedAt} only="relative" /> : <span>{t('none')}</span>}
      </Cell>
      <Cell name={t('slots')} className="max-lg:col-span-2">
        {workers.length === 0 && <span className="text-amber">{t('slotsNone')}</span>}
        <span className="flex flex-wrap gap-x-4">
          {workers.map((worker) => (
            <Slot key={worker.id} worker={worker} />
          ))}
        </span>
      </Cell>
    </dl>
  )
}

function Cell({ name, className, children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <div className={cx('grid gap-0.5 bg-surface px-4 py-3', className)}>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="min-w-0 font-medium">{children}</dd>
    </div>
  )
}

function Slot({ worker }: { worker: QueueSummary['workers'][number] }) {
  const t = useTranslations('admin.slotStates')
  const state = slotState(worker)
  const key = state as 'ready'
  return (
    <span className="whitespace-nowrap" title={`${worker.host} · ${worker.engine} ${worker.engineVersion}`}>
      {deviceName(worker.device)}{' '}
      <span className={cx('text-sm font-normal', state === 'gone' ? 'text-danger' : 'text-muted')}>
        {t.has(key) ? t(key) : state}
      </span>
    </span>
  )
}
