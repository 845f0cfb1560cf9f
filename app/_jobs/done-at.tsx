import { useTranslations } from 'next-intl'
import { Expected } from '#app/_components/time/clock.tsx'
import type { JobForecast } from '#core/forecast/forecast-data'

/**
 * When an open job will be done: "ready by 15:42 – 15:47, in 8 min", or without the word where a column says it.
 * Nothing while that can't be said because the queue is paused; its row says so already.
 */
export function DoneAt({
  forecast,
  bare,
  only,
}: {
  forecast: JobForecast | null | undefined
  bare?: boolean
  only?: 'clock'
}) {
  const t = useTranslations('queue')
  if (!forecast) return null
  if ('unknown' in forecast)
    return forecast.unknown === 'no_worker' ? (
      <span className="text-faint">{t('noWorkerWithEngine')}</span>
    ) : null
  const when = <Expected at={forecast.finishAt} only={only} />
  return <span>{bare ? when : t.rich('done', { when: () => when })}</span>
}

/** When the last of these jobs will be done; null while that can't be said of each, or nothing is open. */
export function lastDone(
  jobs: readonly { state: string; forecast: JobForecast | null }[],
): JobForecast | null {
  const open = jobs.filter(({ state }) => state === 'queued' || state === 'running')
  const known = open.flatMap(({ forecast }) => (forecast && 'finishAt' in forecast ? [forecast] : []))
  if (known.length === 0 || known.length < open.length) return null
  const latest = (pick: (one: (typeof known)[number]) => Date) =>
    new Date(Math.max(...known.map((one) => pick(one).getTime())))
  return {
    startAt: known[0].startAt,
    finishAt: { p50: latest((one) => one.finishAt.p50), p90: latest((one) => one.finishAt.p90) },
  }
}
