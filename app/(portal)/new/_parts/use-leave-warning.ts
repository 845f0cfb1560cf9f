'use client'

import { useEffect } from 'react'

/** While active, asks before the page is left, by closing it or by one of its links. */
export function useLeaveWarning(active: boolean, question: string): void {
  useEffect(() => {
    if (!active) return
    const stop = new AbortController()
    const { signal } = stop
    window.addEventListener('beforeunload', (event) => event.preventDefault(), { signal })
    document.addEventListener(
      'click',
      (event) => {
        const link = event.target instanceof Element ? event.target.closest('a') : null
        const leaves = link?.href && link.target !== '_blank' && !link.download && !link.hash
        if (!leaves || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return
        if (!window.confirm(question)) {
          event.preventDefault()
          event.stopPropagation()
        }
      },
      { signal, capture: true },
    )
    return () => stop.abort()
  }, [active, question])
}
