import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import type { Calibration } from '#core/forecast/calibration'

/** The forecast in four numbers. */
export function Figures({ calibration }: { calibration: Calibration }) {
  const t = useTranslations('calibration')
  const format = useFormatter()
  const { jobs, p50Held, p90Held, medianError, error } = calibration
  const percent = (share: number | null) =>
    share === null ? '–' : t('percent', { n: Math.round(share * 100) })
  const signed = (share: number) =>
    t('percent', { n: format.number(Math.round(share * 100), { signDisplay: 'exceptZero' }) })
  return (
    <div className="grid gap-2">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border bg-line lg:grid-cols-4">
        <Figure name={t('early')} note={t('right', { n: 50 })}>
          {percent(p50Held)}
        </Figure>
        <Figure name={t('late')} note={t('right', { n: 90 })}>
          {percent(p90Held)}
        </Figure>
        <Figure name={t('error')} note={t('errorText')}>
          {percent(medianError)}
        </Figure>
        <Figure name={t('jobs')}>{format.number(jobs)}</Figure>
      </dl>
      {error && (
        <p className="text-sm text-muted">
          {t('spread', { from: signed(error.p10), to: signed(error.p90) })}
        </p>
      )}
    </div>
  )
}

function Figure({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className="grid content-start gap-0.5 bg-surface px-4 py-3">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="text-xl font-semibold">{children}</dd>
      {note && <dd className="text-xs text-muted">{note}</dd>}
    </div>
  )
}
