import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

/** A table with hairlines. Columns that a phone has no room for take `wide` cells. */
export function Table({ head, children, label }: { head: ReactNode; children: ReactNode; label: string }) {
  return (
    <div className="min-w-0 rounded-md border bg-surface">
      <table className="w-full table-fixed border-collapse text-sm" aria-label={label}>
        <thead>
          <tr className="border-b text-left text-xs text-muted">{head}</tr>
        </thead>
        {children}
      </table>
    </div>
  )
}

type CellProps = { wide?: boolean }

export function Th({ wide, className, ...rest }: ComponentProps<'th'> & CellProps) {
  return (
    <th
      scope="col"
      className={cx(
        'px-2 py-2 font-medium first:pl-3 sm:px-3 sm:first:pl-4',
        wide && 'max-md:hidden',
        className,
      )}
      {...rest}
    />
  )
}

export function Td({ wide, className, ...rest }: ComponentProps<'td'> & CellProps) {
  return (
    <td
      className={cx(
        'h-12 truncate px-2 py-1.5 first:pl-3 sm:px-3 sm:first:pl-4',
        wide && 'max-md:hidden',
        className,
      )}
      {...rest}
    />
  )
}
