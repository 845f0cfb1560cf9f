import { ChevronDown } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

export interface Choice {
  value: string
  label: string
  disabled?: boolean
}

/** A labelled choice of one: the browser's own list, which every phone and keyboard knows. */
export function Select({
  id,
  label,
  choices,
  hint,
  onChoose,
  className,
  hideLabel,
  ...rest
}: Omit<ComponentProps<'select'>, 'children' | 'onChange'> & {
  id: string
  label: string
  choices: readonly Choice[]
  hint?: ReactNode
  onChoose: (value: string) => void
  hideLabel?: boolean
}) {
  return (
    <div className={cx('grid min-w-0 content-start gap-1', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onChange={(event) => onChoose(event.target.value)}
          className="h-8 w-full min-w-0 appearance-none truncate rounded-md border border-line-strong bg-surface pr-8 pl-2.5 text-sm text-ink focus-visible:outline-offset-0 disabled:opacity-50 max-sm:h-10"
          {...rest}
        >
          {choices.map(({ value, label: text, disabled }) => (
            <option key={value} value={value} disabled={disabled}>
              {text}
            </option>
          ))}
        </select>
        <ChevronDown
          aria-hidden="true"
          className="pointer-events-none absolute top-1/2 right-2 size-4 -translate-y-1/2 text-muted"
        />
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}
