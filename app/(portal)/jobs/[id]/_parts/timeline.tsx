import { useFormatter, useTranslations } from 'next-intl'
import { Clock } from '#app/_components/time/clock.tsx'
import { cx } from '#app/_components/ui/cx'
import { type EventLine, eventDetails, eventText } from './event-text.ts'

interface TimelineEvent extends EventLine {
  id: bigint
  at: Date
  actorId: string | null
}

const TONES: Record<string, string> = {
  succeeded: 'bg-accent',
  failed: 'bg-danger',
  retrying: 'bg-amber',
  lost: 'bg-amber',
  paused: 'bg-amber',
}
/** The newest lines; what a very long story has before them is in the log. */
const NEWEST = 60

/** What happened to a job, in order. */
export function Timeline({ events, actors }: { events: TimelineEvent[]; actors: Map<string, string> }) {
  const t = useTranslations()
  const format = useFormatter()
  const clock = (at: Date) => format.dateTime(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const shown = events.slice(-NEWEST)
  return (
    <ol>
      {shown.map((event, index) => (
        <li key={String(event.id)} className="relative flex gap-3 pb-4">
          {index < shown.length - 1 && (
            <span className="absolute top-4 bottom-0 left-[3.5px] w-px bg-line-strong" />
          )}
          <span
            className={cx('mt-[7px] size-2 shrink-0 rounded-full', TONES[event.kind] ?? 'bg-line-strong')}
          />
          <div className="min-w-0 text-sm">
            <p>{eventText(event, t)}</p>
            {eventDetails(event, t, clock).map((detail) => (
              <p key={detail} className="text-muted [overflow-wrap:anywhere]">
                {detail}
              </p>
            ))}
            <p className="text-xs text-muted">
              <Clock at={event.at} only="clock" />
              {event.actorId && actors.has(event.actorId) && ` · ${actors.get(event.actorId)}`}
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}
