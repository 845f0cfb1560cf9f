'use client'

import { useEffect, useRef } from 'react'

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>

/** Calls what belongs to a key, unless somebody types, holds a modifier, or has a window or menu open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts)
  useEffect(() => {
    current.current = shortcuts
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const target = event.target as HTMLElement
      if (
        target.closest(
          'input:not([type=checkbox]), select, textarea, [role=menu], [role=dialog], [role=alertdialog]',
        )
      )
        return
      if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]')) return
      const act = current.current[event.key.length === 1 ? event.key.toLowerCase() : event.key]
      if (!act) return
      event.preventDefault()
      act(event)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
