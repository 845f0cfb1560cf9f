import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

export const inputClass =
  'h-10 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-base text-ink placeholder:text-faint ' +
  'focus-visible:outline-offset-0 aria-invalid:border-danger'

/** A labelled input with a hint or an error below it. */
export function Field({
  label,
  hint,
  error,
  id,
  trailing,
  className,
  ...rest
}: ComponentProps<'input'> & {
  label: string
  id: string
  hint?: string
  error?: string | null
  trailing?: ReactNode
}) {
  const note = error ?? hint
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          className={cx(inputClass, trailing && 'pr-11', className)}
          {...rest}
        />
        {trailing && <div className="absolute inset-y-0 right-1 flex items-center">{trailing}</div>}
      </div>
      {note && (
        <p id={`${id}-note`} className={cx('text-sm', error ? 'text-danger' : 'text-muted')}>
          {note}
        </p>
      )}
    </div>
  )
}
