'use client'

import { GripVertical } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import type { ComponentProps } from 'react'
import { Clock } from '#app/_components/time/clock.tsx'
import { cx } from '#app/_components/ui/cx'
import { Td } from '#app/_components/ui/table.tsx'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { DoneAt } from '#app/_jobs/done-at.tsx'
import { JobError } from '#app/_jobs/job-error.tsx'
import { LivePercent } from '#app/_jobs/live-percent.tsx'
import { MovedNote } from '#app/_jobs/moved-note.tsx'
import { StateLabel } from '#app/_jobs/state-label.tsx'
import { AdminJobMenu, BandMenu } from './admin-job-menu.tsx'
import type { Row } from './row.ts'

/** A job of the table. `gap`: the dragged row would go right above or below it. */
export function TableRow({
  row,
  selected,
  current,
  gap,
  dragged,
  handle,
  onToggle,
}: {
  row: Row
  selected: boolean
  current: boolean
  gap: 'above' | 'below' | null
  dragged: boolean
  handle: ComponentProps<'button'> | null
  onToggle: (range: boolean) => void
}) {
  const t = useTranslations('table')
  const { id, name, state, shown, band } = row
  return (
    <tr
      data-key={id}
      aria-selected={selected}
      className={cx(
        'group/row',
        selected && 'bg-accent-soft',
        current && 'shadow-[inset_2px_0_0_var(--accent)]',
        dragged && 'opacity-50',
        gap === 'above' && 'shadow-[inset_0_2px_0_var(--accent)]',
        gap === 'below' && 'shadow-[inset_0_-2px_0_var(--accent)]',
      )}
    >
      <Td className="overflow-visible">
        <span className="flex items-center gap-1">
          <input
            type="checkbox"
            checked={selected}
            aria-label={t('select', { name })}
            onChange={() => {}}
            onClick={(event) => onToggle(event.shiftKey)}
            className="size-4 accent-accent max-sm:size-5"
          />
          {handle && (
            <button
              type="button"
              aria-label={t('drag', { name })}
              className="grid size-6 shrink-0 cursor-grab touch-none place-items-center rounded-sm text-faint opacity-0 group-hover/row:opacity-100 hover:bg-hover hover:text-ink focus-visible:opacity-100 active:cursor-grabbing max-md:hidden"
              {...handle}
            >
              <GripVertical aria-hidden="true" className="size-4" />
            </button>
          )}
        </span>
      </Td>
      <Td className="font-medium">{row.position === null ? '–' : `#${row.position}`}</Td>
      <Td>
        <Who row={row} />
      </Td>
      <Td wide className="text-muted" title={row.owner.email}>
        {row.owner.name}
      </Td>
      <Td>
        <span className="flex flex-wrap items-center gap-x-2">
          <StateLabel state={shown} />
          {state === 'running' && <LivePercent id={id} rendered={row.progress} />}
          <span className="text-xs text-muted md:hidden">
            <DoneAt forecast={row.forecast} bare only="clock" />
          </span>
        </span>
      </Td>
      <Td wide>
        {state === 'queued' ? <BandMenu id={id} name={name} band={band} /> : <BandWord band={band} />}
      </Td>
      <Td wide className="overflow-visible">
        <span className="flex items-center gap-1">
          {state === 'queued' || state === 'running' ? (
            <DoneAt forecast={row.forecast} bare />
          ) : (
            <span className="text-muted">
              <Clock at={row.since} />
            </span>
          )}
          {row.move && <MovedNote move={row.move} name={name} />}
        </span>
      </Td>
      <Td className="text-right">
        <AdminJobMenu
          job={{ ...{ id, name, state, cancelling: row.cancelling }, errorCode: row.errorCode }}
          band={band}
        />
      </Td>
    </tr>
  )
}

function Who({ row }: { row: Row }) {
  const { batch } = row
  return (
    <div className="flex min-w-0 items-center gap-3">
      <Thumb src={row.thumb} className="h-8 w-14 rounded-sm max-sm:hidden" />
      <div className="min-w-0 leading-tight">
        <Link
          prefetch={false}
          href={`/jobs/${row.id}`}
          title={row.fullName}
          className="block truncate text-base leading-5 font-medium hover:underline"
        >
          {row.name}
        </Link>
        {row.state === 'failed' ? (
          <JobError job={{ errorCode: row.errorCode }} className="truncate text-xs" />
        ) : (
          <p className="truncate text-xs text-muted">
            <Link
              prefetch={false}
              href={`/batches/${batch.id}`}
              title={batch.name}
              className="hover:underline"
            >
              {batch.name}
            </Link>
            <span className="md:hidden"> · {row.owner.name}</span>
          </p>
        )}
      </div>
    </div>
  )
}

function BandWord({ band }: { band: Row['band'] }) {
  const t = useTranslations('band')
  return <span className="text-muted">{t(band)}</span>
}
