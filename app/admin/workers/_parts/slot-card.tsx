import Link from 'next/link'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { bareName, deviceName, fileSize } from '#app/_components/format'
import { Clock } from '#app/_components/time/clock.tsx'
import { cx } from '#app/_components/ui/cx'
import { LiveProgress } from '#app/_jobs/live-progress.tsx'
import type { SlotView } from '#core/worker/slots'
import { EngineList } from './engine-list.tsx'
import { SlotActions } from './slot-actions.tsx'
import { slotState } from './slot-state.ts'

/** A slot in full. */
export function SlotCard({ slot }: { slot: SlotView }) {
  const t = useTranslations('workers')
  return (
    <li className="grid min-w-0 grid-cols-[minmax(0,1fr)] rounded-md border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-3">
        <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">{deviceName(slot.device)}</h2>
        <span className="text-sm text-muted">{t('on', { host: slot.host })}</span>
        <StateWord slot={slot} />
        <div className="ml-auto flex gap-2">
          <SlotActions
            id={slot.id}
            device={slot.device}
            draining={slot.drainingAt !== null}
            busy={slot.currentJob !== null}
            stopping={slot.stopRequestedAt !== null}
          />
        </div>
      </header>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-5 p-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="grid min-w-0 content-start gap-4">
          <Now slot={slot} />
          <Facts slot={slot} />
        </div>
        <EngineList engines={slot.readiness} defaultEngine={slot.engine} />
      </div>
    </li>
  )
}

const TONES: Record<string, string> = {
  busy: 'text-accent',
  ready: 'text-accent',
  gone: 'text-danger',
  not_ready: 'text-danger',
  draining: 'text-amber',
  drained: 'text-amber',
  stopping: 'text-amber',
}

function StateWord({ slot }: { slot: SlotView }) {
  const t = useTranslations('admin.slotStates')
  const state = slotState({ ...slot, currentJobId: slot.currentJob?.id ?? null })
  const key = state as 'ready'
  return (
    <span
      className={cx('inline-flex items-center gap-1.5 text-sm font-medium', TONES[state] ?? 'text-muted')}
    >
      <span className={cx('size-2 rounded-full bg-current', state === 'busy' && 'animate-breathe')} />
      {t.has(key) ? t(key) : state}
    </span>
  )
}

function Now({ slot: { currentJob: job } }: { slot: SlotView }) {
  const t = useTranslations('workers')
  if (!job) return <p className="text-sm text-muted">{t('free')}</p>
  const name = bareName(job.presenterName)
  const { stage, fraction, fps } = job
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2">
      <p className="flex min-w-0 gap-x-2">
        <Link prefetch={false} href={`/jobs/${job.id}`} className="truncate font-medium hover:underline">
          {name}
        </Link>
        <Link
          prefetch={false}
          href={`/batches/${job.batchId}`}
          title={job.batchName}
          className="min-w-0 truncate text-muted hover:underline"
        >
          {t('jobLine', { batch: job.batchName, owner: job.ownerName })}
        </Link>
      </p>
      <LiveProgress
        id={job.id}
        name={name}
        rendered={{ stage, fraction, fps, framesDone: 0, frames: null }}
      />
    </div>
  )
}

function Facts({ slot }: { slot: SlotView }) {
  const t = useTranslations('workers')
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-2 text-sm sm:grid-cols-4">
      <Fact name={t('heartbeat')}>
        <span className={slot.alive ? undefined : 'text-danger'}>
          <Clock at={slot.heartbeatAt} only={slot.alive ? 'relative' : undefined} />
        </span>
      </Fact>
      <Fact name={t('since')}>
        <Clock at={slot.startedAt} />
      </Fact>
      <Fact name={t('memory')}>{slot.rssBytes === null ? '–' : fileSize(slot.rssBytes)}</Fact>
      <Fact name={t('version')}>{slot.version ?? '–'}</Fact>
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="whitespace-normal">{children}</dd>
    </div>
  )
}
