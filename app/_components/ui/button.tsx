import type { ComponentProps } from 'react'
import { cx } from './cx.ts'

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger'

const BASE =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap ' +
  'transition-colors select-none disabled:opacity-50 disabled:cursor-not-allowed [&_svg]:size-4 [&_svg]:shrink-0'

const LOOKS: Record<ButtonLook, string> = {
  primary:
    'bg-accent text-on-accent disabled:bg-track disabled:text-muted disabled:opacity-100 [&:not(:disabled)]:hover:bg-accent-strong',
  plain: 'border border-line-strong bg-surface text-ink [&:not(:disabled)]:hover:bg-hover',
  quiet: 'text-muted [&:not(:disabled)]:hover:bg-hover [&:not(:disabled)]:hover:text-ink',
  danger: 'border border-line-strong bg-surface text-danger [&:not(:disabled)]:hover:bg-danger-soft',
}

const SIZES = {
  sm: 'h-7 px-2.5 text-sm max-sm:h-9',
  md: 'h-8 px-3 text-sm max-sm:h-10',
  lg: 'h-10 px-4 text-base',
  icon: 'size-8 max-sm:size-10',
}

export interface ButtonStyle {
  look?: ButtonLook
  size?: keyof typeof SIZES
}

/** The classes of a button, for links that look like one. */
export const buttonClass = ({ look = 'plain', size = 'md' }: ButtonStyle = {}): string =>
  cx(BASE, LOOKS[look], SIZES[size])

/** A button that says what happens. */
export function Button({
  look,
  size,
  className,
  type = 'button',
  ...rest
}: ComponentProps<'button'> & ButtonStyle) {
  return <button type={type} className={cx(buttonClass({ look, size }), className)} {...rest} />
}
