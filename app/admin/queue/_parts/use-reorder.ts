'use client'

import { type KeyboardEvent, type PointerEvent, type RefObject, useState } from 'react'
import type { Row } from './row.ts'

/** Where a job would go: right before or right after another one that waits. */
export interface Drop {
  row: Row
  other: Row
  side: 'before' | 'after'
}

/** A gap between rows, by the index of the row below it. */
interface Dragged {
  id: string
  gap: number
}

/** Dragging rows to other places, by pointer or with the arrow keys on a row's handle. */
export function useReorder(
  rows: readonly Row[],
  table: RefObject<HTMLElement | null>,
  onDrop: (drop: Drop) => void,
) {
  const [dragged, setDragged] = useState<Dragged | null>(null)
  const [first, last] = boundsOf(rows)
  const within = (gap: number) => Math.min(last + 1, Math.max(first, gap))

  const gapAt = (y: number): number => {
    const shown = [...(table.current?.querySelectorAll<HTMLElement>('tr[data-key]') ?? [])]
    const below = shown.findIndex((row) => {
      const box = row.getBoundingClientRect()
      return y < box.top + box.height / 2
    })
    return within(below < 0 ? shown.length : below)
  }
  const put = ({ id, gap }: Dragged) => {
    setDragged(null)
    const from = rows.findIndex((row) => row.id === id)
    if (from < 0 || gap === from || gap === from + 1) return
    const [below, above] = [rows[gap], rows[gap - 1]]
    if (below?.state === 'queued') onDrop({ row: rows[from], other: below, side: 'before' })
    else if (above?.state === 'queued') onDrop({ row: rows[from], other: above, side: 'after' })
  }

  const handle = (row: Row) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      setDragged({ id: row.id, gap: gapAt(event.clientY) })
    },
    onPointerMove: (event: PointerEvent) =>
      dragged?.id === row.id && setDragged({ id: row.id, gap: gapAt(event.clientY) }),
    onPointerUp: () => dragged?.id === row.id && put(dragged),
    onPointerCancel: () => setDragged(null),
    onBlur: () => setDragged(null),
    onKeyDown: (event: KeyboardEvent) => {
      const at = rows.findIndex((each) => each.id === row.id)
      const gap = dragged?.id === row.id ? dragged.gap : at
      if (event.key === 'ArrowUp')
        setDragged({ id: row.id, gap: within(gap > at && gap <= at + 1 ? at - 1 : gap - 1) })
      else if (event.key === 'ArrowDown')
        setDragged({ id: row.id, gap: within(gap <= at ? at + 2 : gap + 1) })
      else if ((event.key === 'Enter' || event.key === ' ') && dragged) put(dragged)
      else if (event.key === 'Escape' && dragged) setDragged(null)
      else return
      event.preventDefault()
      event.stopPropagation()
    },
  })
  return { dragged, handle }
}

/** The first and last index of the waiting jobs: a job can't be moved among the running ones. */
function boundsOf(rows: readonly Row[]): [number, number] {
  const first = rows.findIndex((row) => row.state === 'queued')
  const last = rows.findLastIndex((row) => row.state === 'queued')
  return [Math.max(0, first), last]
}
