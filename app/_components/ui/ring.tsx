import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const RADIUS = 17
const ROUND = 2 * Math.PI * RADIUS

/** A ring of progress, 0 to 1, with something in its middle. */
export function Ring({
  value,
  label,
  children,
  className,
}: {
  value: number
  label: string
  children?: ReactNode
  className?: string
}) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(value * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cx('relative grid size-12 place-items-center', className)}
    >
      <svg viewBox="0 0 40 40" className="absolute inset-0 -rotate-90" aria-hidden="true">
        <circle cx="20" cy="20" r={RADIUS} fill="none" strokeWidth="3" stroke="currentColor" opacity="0.25" />
        <circle
          cx="20"
          cy="20"
          r={RADIUS}
          fill="none"
          strokeWidth="3"
          stroke="currentColor"
          strokeLinecap="round"
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - value)}
          className="transition-[stroke-dashoffset] duration-500 ease-linear"
        />
      </svg>
      <span className="relative text-xs font-medium">{children}</span>
    </div>
  )
}
