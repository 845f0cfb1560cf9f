import { useRouter } from 'next/navigation'
import type { BulkAction } from '#core/bulk/bulk-selection'
import { BANDS } from './bands.ts'
import type { Row } from './row.ts'
import type { useSelection } from './use-selection.ts'
import { useShortcuts } from './use-shortcuts.ts'

/** The keys that steer the table: move, select, act, open, clear, help. */
export function useTableKeys({
  rows,
  selection,
  act,
  onHelp,
}: {
  rows: Row[]
  selection: ReturnType<typeof useSelection>
  act: (action: BulkAction) => void
  onHelp: () => void
}) {
  const router = useRouter()
  const { cursor, setCursor, toggle, clear } = selection
  const step = (by: number) => {
    const at = rows.findIndex((row) => row.id === cursor)
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
    if (!next) return
    setCursor(next.id)
    document.querySelector(`tr[data-key="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const first = rows.find((row) => row.id === (selection.selected[0] ?? cursor))
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    x: (event) => cursor && toggle(cursor, event.shiftKey),
    o: () => cursor && router.push(`/jobs/${cursor}`),
    f: () => act({ kind: 'front' }),
    c: () => act({ kind: 'cancel' }),
    p: () => act({ kind: first?.batch.paused ? 'resume' : 'pause' }),
    ...Object.fromEntries(BANDS.map((band, index) => [String(index + 1), () => act({ kind: 'band', band })])),
    Escape: clear,
    '?': onHelp,
  })
}
