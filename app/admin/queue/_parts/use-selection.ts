'use client'

import { useCallback, useMemo, useState } from 'react'

/** Which rows are selected, with Shift for ranges; and the row that the keyboard is at. */
export function useSelection(ids: readonly string[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [anchor, setAnchor] = useState<string | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  /** All that match the filter, also what is not shown. */
  const [everything, setEverything] = useState(false)
  // What has left the table meanwhile is no longer meant.
  const selected = useMemo(() => ids.filter((id) => chosen.has(id)), [ids, chosen])

  const toggle = useCallback(
    (id: string, range: boolean) => {
      setEverything(false)
      setCursor(id)
      setChosen((before) => {
        const next = new Set(before)
        const [from, to] = [ids.indexOf(anchor ?? id), ids.indexOf(id)]
        if (range && from >= 0)
          for (const each of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each)
        else if (!next.delete(id)) next.add(id)
        return next
      })
      setAnchor(id)
    },
    [ids, anchor],
  )
  const toggleAll = () => {
    setEverything(false)
    setChosen(selected.length === ids.length ? new Set() : new Set(ids))
  }
  const clear = useCallback(() => {
    setEverything(false)
    setChosen(new Set())
  }, [])
  return { selected, chosen, cursor, setCursor, everything, setEverything, toggle, toggleAll, clear }
}
