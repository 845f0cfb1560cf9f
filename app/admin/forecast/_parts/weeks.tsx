import { useFormatter, useTranslations } from 'next-intl'
import { Table, Td, Th } from '#app/_components/ui/table.tsx'
import type { Calibration } from '#core/forecast/calibration'

/** The same week by week, in a picture of bars with the marks that are right, and in numbers. */
export function Weeks({ weeks }: { weeks: Calibration['weeks'] }) {
  const t = useTranslations('calibration')
  const format = useFormatter()
  const percent = (share: number) => t('percent', { n: Math.round(share * 100) })
  const head = (
    <>
      <Th>{t('week')}</Th>
      <Th className="w-16 text-right">{t('jobs')}</Th>
      <Th className="w-[30%]">{t('early')}</Th>
      <Th className="w-[30%]">{t('late')}</Th>
    </>
  )
  return (
    <Table head={head} label={t('weekPlot')}>
      <tbody className="divide-y">
        {weeks.map(({ week, jobs, p50Held, p90Held }) => (
          <tr key={week.getTime()}>
            <Td>{format.dateTime(week, { month: 'short', day: 'numeric', timeZone: 'UTC' })}</Td>
            <Td className="text-right">{format.number(jobs)}</Td>
            <Td>
              <Share share={p50Held} right={0.5} text={percent(p50Held)} />
            </Td>
            <Td>
              <Share share={p90Held} right={0.9} text={percent(p90Held)} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

/** A share as a bar, with a mark where it should end. */
function Share({ share, right, text }: { share: number; right: number; text: string }) {
  return (
    <span className="flex items-center gap-2">
      <svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true" className="h-4 min-w-0 flex-1">
        <rect y="4" width="100" height="8" rx="2" className="fill-track" />
        <rect y="4" width={100 * share} height="8" rx="2" className="fill-accent" />
        <rect x={100 * right - 0.75} width="1.5" height="16" className="fill-ink" />
      </svg>
      <span className="w-10 text-right">{text}</span>
    </span>
  )
}
