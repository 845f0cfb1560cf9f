import { cx } from './cx.ts'

/** A bar of progress, 0 to 1. `label` is what a screen reader calls it. */
export function Bar({ value, label, className }: { value: number; label: string; className?: string }) {
  const percent = Math.round(value * 100)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cx('h-1 w-full overflow-hidden rounded-full bg-track', className)}
    >
      <div
        className="h-full origin-left rounded-full bg-accent transition-transform duration-500 ease-linear"
        style={{ transform: `scaleX(${value})` }}
      />
    </div>
  )
}
