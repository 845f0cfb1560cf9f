import { cx } from '#app/_components/ui/cx'

/** Greenroom's sign: a lit doorway. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={cx('size-6', className)}>
      <rect width="24" height="24" rx="6" className="fill-accent" />
      <path
        d="M8 19V7.5A1.5 1.5 0 0 1 9.5 6h5A1.5 1.5 0 0 1 16 7.5V19"
        fill="none"
        strokeWidth="2"
        strokeLinecap="round"
        className="stroke-on-accent"
      />
      <circle cx="12.9" cy="12.6" r="1.2" className="fill-on-accent" />
    </svg>
  )
}
