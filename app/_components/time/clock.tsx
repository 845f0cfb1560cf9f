'use client'

import { useFormatter, useNow, useTranslations } from 'next-intl'
import { useSyncExternalStore } from 'react'

const STEP = 15_000
const watchers = new Set<() => void>()
let tick = 0
let timer: ReturnType<typeof setInterval> | undefined

/** One timer for all clocks of the page. */
function watch(notify: () => void): () => void {
  if (watchers.size === 0) {
    tick = Date.now()
    timer = setInterval(() => {
      tick = Date.now()
      for (const each of watchers) each()
    }, STEP)
  }
  watchers.add(notify)
  return () => {
    watchers.delete(notify)
    if (watchers.size === 0) clearInterval(timer)
  }
}

/** Now, to the quarter minute; the server's time until the page has come alive, so that both agree. */
export function useClock(): number {
  const rendered = useNow().getTime()
  const ticked = useSyncExternalStore(
    watch,
    () => tick,
    () => 0,
  )
  return Math.max(rendered, ticked)
}

/**
 * A moment as clock time with the relative one beside: "15:42, 8 min ago". One that is `due` is still to come,
 * even when its time has just passed.
 */
export function Clock({ at, only, due }: { at: Date; only?: 'clock' | 'relative'; due?: boolean }) {
  const t = useTranslations('time')
  const now = useClock()
  const clock = useClockText()(at, now)
  const distance = at.getTime() - now
  const relative = relativeTo(due ? Math.max(1, distance) : distance, t)
  return (
    <time dateTime={at.toISOString()} className="whitespace-nowrap">
      {only === 'clock' ? clock : only === 'relative' ? relative : t('pair', { clock, relative })}
    </time>
  )
}

/** When something is expected: "15:42 – 15:47, in 8 min", from even odds to nine in ten. */
export function Expected({ at, only }: { at: { p50: Date; p90: Date }; only?: 'clock' }) {
  const t = useTranslations('time')
  const now = useClock()
  const clockOf = useClockText()
  // What should have happened by now is expected any moment.
  const [p50, p90] = [at.p50, at.p90].map((each) => new Date(Math.max(each.getTime(), now)))
  const [from, to] = [clockOf(p50, now), clockOf(p90, p50.getTime())]
  const clock = from === clockOf(p90, now) ? from : t('range', { from, to })
  const relative = relativeTo(Math.max(1, p50.getTime() - now), t)
  return (
    <time
      dateTime={p50.toISOString()}
      title={t('odds', { p50: from, p90: to })}
      className="whitespace-nowrap"
    >
      {only === 'clock' ? clock : t('pair', { clock, relative })}
    </time>
  )
}

/** The clock time of a moment, with the day where that is another one than `beside`'s. */
export function useClockText(): (at: Date | number, beside: number) => string {
  const format = useFormatter()
  const day = (when: Date | number) =>
    format.dateTime(when, { year: 'numeric', month: 'numeric', day: 'numeric' })
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return (at, beside) =>
    day(at) === day(beside)
      ? format.dateTime(at, time)
      : format.dateTime(at, { month: 'short', day: 'numeric', ...time })
}

type Words = ReturnType<typeof useTranslations<'time'>>

function relativeTo(distance: number, t: Words): string {
  const future = distance > 0
  const minutes = Math.floor(Math.abs(distance) / 60_000)
  if (minutes < 1) return future ? t('inSoon') : t('now')
  if (minutes < 60) return t(future ? 'inMin' : 'agoMin', { n: minutes })
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return t(future ? 'inHours' : 'agoHours', { n: hours })
  return t(future ? 'inDays' : 'agoDays', { n: Math.floor(hours / 24) })
}
