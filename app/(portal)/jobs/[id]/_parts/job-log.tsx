'use client'

import { ChevronRight } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import { useEffect, useState } from 'react'
import { call } from '#app/_components/api/call'
import { watchLog } from '#app/_live/log-signal'
import { eventText } from './event-text.ts'

interface Line {
  id: string
  at: string
  kind: string
  data: Record<string, unknown>
  actorName?: string
}

/** The log, folded. Read when it is opened, and on from the last line whenever the job tells of another. */
export function JobLog({ id }: { id: string }) {
  const t = useTranslations('job')
  const [open, setOpen] = useState(false)
  return (
    <details
      className="group rounded-md border bg-surface"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="flex items-center gap-2 px-4 py-2.5 text-sm font-medium select-none [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden="true"
          className="size-4 text-muted transition-transform group-open:rotate-90"
        />
        {t('log')}
      </summary>
      {open && <Lines id={id} />}
    </details>
  )
}

function Lines({ id }: { id: string }) {
  const t = useTranslations()
  const format = useFormatter()
  const { lines, broken } = useLog(id)
  const codeText = (code: string) => {
    const key = `jobError.${code}` as 'jobError.unknown'
    return t(t.has(key) ? key : 'jobError.unknown')
  }
  return (
    <div
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard.
      tabIndex={0}
      role="log"
      aria-label={t('job.log')}
      className="max-h-80 overflow-auto border-t px-4 py-3 font-mono text-xs"
    >
      {broken && <p className="text-danger">{t('job.logUnavailable')}</p>}
      {lines?.length === 0 && <p className="text-muted">{t('job.logEmpty')}</p>}
      <ol className="grid gap-1">
        {lines?.map((line) => (
          <li key={line.id} className="flex gap-3">
            <time dateTime={line.at} className="shrink-0 text-faint">
              {format.dateTime(new Date(line.at), { timeStyle: 'medium', hourCycle: 'h23' })}
            </time>
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {eventText(line, t)}
              {line.actorName && ` · ${line.actorName}`}
              {typeof line.data.code === 'string' && (
                <span className="block text-muted">
                  {line.data.code} {String(line.data.message ?? codeText(line.data.code))}
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** The log's lines, oldest first, kept up to date while watched. */
function useLog(id: string): { lines: Line[] | null; broken: boolean } {
  const [lines, setLines] = useState<Line[] | null>(null)
  const [broken, setBroken] = useState(false)
  useEffect(() => {
    let known: Line[] = []
    let gone = false
    let reading: Promise<void> = Promise.resolve()
    const readOn = async () => {
      try {
        const last = known.at(-1)?.id
        const answer = await call<{ lines: Line[] }>('GET', `jobs/${id}/log${last ? `?after=${last}` : ''}`)
        if (gone) return
        known = [...known, ...answer.lines]
        setLines(known)
        setBroken(false)
      } catch {
        if (!gone) setBroken(true)
      }
    }
    const next = () => {
      reading = reading.then(readOn)
    }
    next()
    const stop = watchLog(id, next)
    return () => {
      gone = true
      stop()
    }
  }, [id])
  return { lines, broken }
}
