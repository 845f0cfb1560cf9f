import { Ban, Check, CircleAlert, Clock, Pause, RotateCw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { cx } from '#app/_components/ui/cx'
import type { ShownState } from './show-state.ts'

type Word = ShownState | 'waiting' | 'partial' | 'paused'

const dot = (breathes: boolean) => (
  <span className="grid size-4 place-items-center">
    <span className={cx('size-2 rounded-full bg-current', breathes && 'animate-breathe')} />
  </span>
)
const icon = { 'aria-hidden': true, className: 'size-4' } as const

const LOOKS: Record<Word, { tone: string; sign: ReactNode }> = {
  waiting: { tone: 'text-muted', sign: <Clock {...icon} /> },
  queued: { tone: 'text-muted', sign: <Clock {...icon} /> },
  running: { tone: 'text-accent', sign: dot(true) },
  succeeded: { tone: 'text-accent', sign: <Check {...icon} /> },
  failed: { tone: 'text-danger', sign: <CircleAlert {...icon} /> },
  cancelled: { tone: 'text-muted', sign: <Ban {...icon} /> },
  partial: { tone: 'text-amber', sign: <Check {...icon} /> },
  cancelling: { tone: 'text-muted', sign: dot(true) },
  retrying: { tone: 'text-amber', sign: <RotateCw {...icon} /> },
  paused: { tone: 'text-amber', sign: <Pause {...icon} /> },
}

/** A state as a sign and a word; the colour only repeats what the word says. */
export function StateLabel({ state, className }: { state: Word; className?: string }) {
  const t = useTranslations('state')
  const { tone, sign } = LOOKS[state]
  return (
    <span
      data-state={state}
      className={cx(
        'inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap',
        tone,
        className,
      )}
    >
      {sign}
      {t(state)}
    </span>
  )
}
