'use client'

import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { bareName, deviceName } from '#app/_components/format'
import { useClock, useClockText } from '#app/_components/time/clock.tsx'
import { cx } from '#app/_components/ui/cx'
import type { Block, Lane } from '#core/forecast/lanes-data'
import { scaleOf, spanOf } from './schedule-scale.ts'

type Scale = ReturnType<typeof scaleOf>

/** The queue over the time of day: a lane for each slot with what runs there and what comes next. */
export function Schedule({ lanes }: { lanes: Lane[] }) {
  const t = useTranslations('queue')
  const now = useClock()
  const scale = scaleOf(
    now,
    lanes.flatMap(({ blocks }) => blocks.map(({ finishAt }) => finishAt)),
  )
  return (
    <section
      aria-label={t('scheduleLabel')}
      className="grid gap-x-3 gap-y-1.5 rounded-md border bg-surface px-3 pt-2 pb-3 sm:grid-cols-[auto_minmax(0,1fr)] sm:px-4"
    >
      <Axis scale={scale} />
      {lanes.map((lane) => (
        <Row key={lane.id} lane={lane} scale={scale} />
      ))}
    </section>
  )
}

function Axis({ scale }: { scale: Scale }) {
  const t = useTranslations('queue')
  const clockOf = useClockText()
  const { from, to, ticks } = scale
  const left = (at: number) => (100 * (at - from)) / (to - from)
  // A tick too near to either end has no room for its words.
  const shown = ticks.filter((at) => left(at) > 9 && left(at) < 95)
  return (
    <div aria-hidden="true" className="relative h-5 text-xs text-faint sm:col-start-2">
      <span className="absolute left-0">{t('scheduleNow')}</span>
      {shown.map((at) => (
        <span key={at} style={{ left: `${left(at)}%` }} className="absolute -translate-x-1/2">
          {clockOf(at, from)}
        </span>
      ))}
    </div>
  )
}

function Row({ lane, scale }: { lane: Lane; scale: Scale }) {
  const t = useTranslations('queue')
  const { from, to, ticks } = scale
  return (
    <>
      <p className="self-center truncate text-sm text-muted sm:max-w-40" title={deviceName(lane.device)}>
        {deviceName(lane.device)}
      </p>
      <div className="relative h-8 overflow-hidden rounded-sm bg-track/50">
        {ticks.map((at) => (
          <span
            key={at}
            style={{ left: `${(100 * (at - from)) / (to - from)}%` }}
            className="absolute inset-y-0 w-px bg-line"
          />
        ))}
        {lane.blocks.length === 0 && (
          <span className="absolute inset-y-0 left-2 content-center text-xs text-muted">
            {t('scheduleFree')}
          </span>
        )}
        <ol>
          {lane.blocks.map((block) => (
            <BlockItem key={block.id} block={block} scale={scale} />
          ))}
        </ol>
      </div>
    </>
  )
}

const BOX =
  'absolute inset-y-0.5 content-center truncate rounded-sm border border-page px-1.5 text-xs leading-6 ' +
  'transition-[left,width] duration-500'
const LOOKS = {
  running: 'bg-accent font-medium text-on-accent',
  mine: 'bg-accent-soft font-medium text-accent ring-1 ring-accent/40 ring-inset hover:ring-accent',
  team: 'bg-track text-muted',
}

function BlockItem({ block, scale }: { block: Block; scale: Scale }) {
  const t = useTranslations('queue')
  const clockOf = useClockText()
  const span = spanOf(block, scale)
  if (!span) return null
  const { job, mine, running, ownerName } = block
  const [from, to] = [block.startAt, block.finishAt].map((at) => clockOf(at, scale.from))
  const word = mine && job ? bareName(job.presenterName) : (ownerName ?? t('team'))
  const label = job
    ? t('scheduleBlock', {
        name: mine ? bareName(job.presenterName) : `${ownerName}: ${bareName(job.presenterName)}`,
        batch: job.batchName,
        from,
        to,
      })
    : t('scheduleTeam', { name: t('team'), from, to })
  const look = !mine ? LOOKS.team : running ? LOOKS.running : LOOKS.mine
  const style = { left: `${span.left}%`, width: `max(3px, ${span.width}%)` }
  // A block too thin for words carries them in its title alone.
  const className = cx(BOX, look, !mine && running && 'text-ink', span.width < 5 && 'px-0 text-[0px]')
  return (
    <li>
      {job ? (
        <Link
          prefetch={false}
          href={`/jobs/${job.id}`}
          title={label}
          aria-label={label}
          style={style}
          className={className}
        >
          {word}
        </Link>
      ) : (
        <span title={label} style={style} className={className}>
          {word}
        </span>
      )}
    </li>
  )
}
