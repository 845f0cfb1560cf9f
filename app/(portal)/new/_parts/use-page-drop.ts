'use client'

import { useEffect, useRef, useState } from 'react'
import type { Kind } from './file-kind.ts'

/** Takes files dropped anywhere on the page; the part with `data-drop` under them says what they should be. */
export function usePageDrop(onFiles: (files: File[], zone: Kind | null) => void): {
  over: Kind | 'page' | null
} {
  const [over, setOver] = useState<Kind | 'page' | null>(null)
  const latest = useRef(onFiles)
  latest.current = onFiles

  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    const onOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      setOver(zoneOf(event) ?? 'page')
    }
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(null)
    }
    const onDrop = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      setOver(null)
      latest.current([...event.dataTransfer.files], zoneOf(event))
    }
    window.addEventListener('dragover', onOver, { signal })
    window.addEventListener('dragleave', onLeave, { signal })
    window.addEventListener('drop', onDrop, { signal })
    return () => stop.abort()
  }, [])

  return { over }
}

function zoneOf(event: DragEvent): Kind | null {
  const part = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-drop]') : null
  const zone = part?.dataset.drop
  return zone === 'speech' || zone === 'presenter' ? zone : null
}
