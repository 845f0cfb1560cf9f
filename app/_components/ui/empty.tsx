import type { ReactNode } from 'react'

/** What a list says when it has nothing to show. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center gap-3 rounded-md border border-dashed border-line-strong px-6 py-12 text-center">
      <div className="grid gap-1">
        <p className="font-medium">{title}</p>
        {children && <p className="max-w-96 text-sm text-muted">{children}</p>}
      </div>
      {action}
    </div>
  )
}
