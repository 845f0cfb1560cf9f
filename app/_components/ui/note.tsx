import { CircleAlert, Pause, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const TONES = {
  amber: { box: 'bg-amber-soft text-amber', Icon: TriangleAlert },
  paused: { box: 'bg-amber-soft text-amber', Icon: Pause },
  danger: { box: 'bg-danger-soft text-danger', Icon: CircleAlert },
}

/** A strip that says one important thing at the top of a page or form. */
export function Note({
  tone,
  title,
  children,
  action,
  role = 'status',
}: {
  tone: keyof typeof TONES
  title?: string
  children?: ReactNode
  action?: ReactNode
  role?: 'status' | 'alert'
}) {
  const { box, Icon } = TONES[tone]
  return (
    <div role={role} className={cx('flex items-start gap-2.5 rounded-md px-3 py-2.5 text-sm', box)}>
      <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1">
        {title && <strong className="font-semibold">{title}</strong>}
        {title && children && ' · '}
        {children}
      </div>
      {action}
    </div>
  )
}
