import { useTranslations } from 'next-intl'
import { clockLength } from '#app/_components/format'
import { cx } from '#app/_components/ui/cx'
import type { Calibration } from '#core/forecast/calibration'

const SIZE = 400
const TICKS = [10, 60, 300, 1800, 7200, 28_800, 86_400, 345_600]

/** Each job as a dot: what was forecast across, what it took upwards, both on a scale of powers. */
export function Scatter({ points }: { points: Calibration['points'] }) {
  const t = useTranslations('calibration')
  const all = points.flatMap(({ p50, actual }) => [p50, actual])
  const [low, high] = [Math.log(Math.min(...all) * 0.8), Math.log(Math.max(...all) * 1.25)]
  const at = (seconds: number) => (SIZE * (Math.log(seconds) - low)) / Math.max(0.1, high - low)
  const ticks = TICKS.filter((seconds) => at(seconds) > 20 && at(seconds) < SIZE - 20)
  return (
    <figure className="grid gap-3 rounded-md border bg-surface p-4">
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 gap-y-1 text-xs text-muted">
        <div aria-hidden="true" className="relative w-12 text-right">
          <span className="absolute top-0 right-0">{t('up')}</span>
          {ticks.map((seconds) => (
            <span
              key={seconds}
              style={{ bottom: `${(100 * at(seconds)) / SIZE}%` }}
              className="absolute right-0 translate-y-1/2"
            >
              {clockLength(seconds * 1000)}
            </span>
          ))}
        </div>
        <svg
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          role="img"
          aria-label={t('plotLabel', { n: points.length })}
          className="aspect-square w-full rounded-sm bg-page"
        >
          {ticks.map((seconds) => (
            <g key={seconds} className="stroke-line">
              <line x1={at(seconds)} x2={at(seconds)} y1={0} y2={SIZE} />
              <line x1={0} x2={SIZE} y1={SIZE - at(seconds)} y2={SIZE - at(seconds)} />
            </g>
          ))}
          <line x1={0} y1={SIZE} x2={SIZE} y2={0} className="stroke-line-strong" strokeDasharray="4 4" />
          {points.map(({ jobId, p50, p90, actual }) => (
            <circle
              key={jobId}
              cx={at(p50)}
              cy={SIZE - at(actual)}
              r={3}
              className={actual <= p90 ? 'fill-accent' : 'fill-amber'}
              fillOpacity={0.6}
            />
          ))}
        </svg>
        <div aria-hidden="true" className="relative col-start-2 h-4">
          {ticks.map((seconds) => (
            <span
              key={seconds}
              style={{ left: `${(100 * at(seconds)) / SIZE}%` }}
              className="absolute -translate-x-1/2"
            >
              {clockLength(seconds * 1000)}
            </span>
          ))}
        </div>
        <p aria-hidden="true" className="col-start-2 text-right">
          {t('across')}
        </p>
      </div>
      <figcaption className="flex flex-wrap gap-x-4 text-sm text-muted">
        <Key className="bg-accent" text={t('kept')} />
        <Key className="bg-amber" text={t('missed')} />
      </figcaption>
    </figure>
  )
}

function Key({ className, text }: { className: string; text: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className={cx('size-2 rounded-full', className)} />
      {text}
    </span>
  )
}
