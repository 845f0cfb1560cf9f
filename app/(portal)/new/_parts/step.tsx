import type { ReactNode } from 'react'
import { cx } from '#app/_components/ui/cx'

/** One of the three steps; its number turns into a tick's colour when it has what it needs. */
export function Step({
  number,
  title,
  hint,
  done,
  aside,
  drop,
  children,
}: {
  number: number
  title: string
  hint: string
  done: boolean
  aside?: ReactNode
  drop?: 'speech' | 'presenter'
  children: ReactNode
}) {
  return (
    <section
      aria-label={title}
      data-drop={drop}
      className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3"
    >
      <div className="flex min-h-8 flex-wrap items-center gap-x-2.5">
        <span
          aria-hidden="true"
          className={cx(
            'grid size-5 place-items-center rounded-full text-xs font-medium',
            done ? 'bg-accent text-on-accent' : 'bg-track text-muted',
          )}
        >
          {number}
        </span>
        <h2 className="font-medium">{title}</h2>
        <p className="text-sm text-muted">{hint}</p>
        {aside && <div className="ml-auto flex items-center gap-2 text-sm text-muted">{aside}</div>}
      </div>
      {children}
    </section>
  )
}
