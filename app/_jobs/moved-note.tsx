'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useClock, useClockText } from '#app/_components/time/clock.tsx'
import { Tip } from '#app/_components/ui/tip.tsx'
import type { LastMove } from '#core/render-job/last-moves'

/** An arrow at a job that was moved; it tells by whom, why, and what that did to its place and its time. */
export function MovedNote({ move, name }: { move: LastMove | undefined; name: string }) {
  const t = useTranslations('moved')
  const words = useMoveWords()
  if (!move) return <span className="w-6 shrink-0 max-sm:hidden" />
  const down = (move.toPosition ?? 0) > (move.fromPosition ?? 0)
  const Arrow = down ? ArrowDown : ArrowUp
  return (
    <Tip
      text={
        <span className="grid gap-0.5">
          {words(move).map((line) => (
            <span key={line}>{line}</span>
          ))}
        </span>
      }
    >
      <button
        type="button"
        aria-label={t('label', { name })}
        className="grid size-6 shrink-0 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink"
      >
        <Arrow aria-hidden="true" className="size-3.5" />
      </button>
    </Tip>
  )
}

/** The lines that tell of a move. */
export function useMoveWords(): (move: LastMove) => string[] {
  const t = useTranslations('moved')
  const admin = useTranslations('admin')
  const now = useClock()
  const clockOf = useClockText()
  return ({ actorName, reason, fromPosition, toPosition, before, after }) => {
    const name = actorName ?? admin('someone')
    const who =
      reason === 'aging' && !actorName
        ? t('aged')
        : fromPosition && toPosition && fromPosition !== toPosition
          ? t('by', { name, from: fromPosition, to: toPosition })
          : t('byOnly', { name })
    const lines = [who]
    if (reason && actorName) lines.push(t('reason', { reason }))
    const times = before && after && { before: clockOf(before, now), after: clockOf(after, now) }
    if (times && times.before !== times.after) lines.push(t('done', times))
    return lines
  }
}
