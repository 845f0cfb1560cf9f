'use client'

import { useEffect, useRef, useState } from 'react'
import { droppedFiles } from './dropped-files.ts'
import type { Kind } from './file-kind.ts'

/**
 * Takes files and folders dropped anywhere on the page, and pasted files; of a drop, the part with `data-drop`
 * under it says what they should be.
 */
export function usePageFiles(onFiles: (files: File[], zone: Kind | null) => void): {
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
      take(event.dataTransfer, zoneOf(event))
    }
    const onPaste = (event: ClipboardEvent) => {
      if (!event.clipboardData?.types.includes('Files')) return
      event.preventDefault()
      take(event.clipboardData, null)
    }
    const take = async (transfer: DataTransfer, zone: Kind | null) => {
      const { files, folders } = await droppedFiles(transfer)
      // What lies in a folder was not put on a part of the page one by one.
      if (files.length > 0) latest.current(files, folders ? null : zone)
    }
    window.addEventListener('dragover', onOver, { signal })
    window.addEventListener('dragleave', onLeave, { signal })
    window.addEventListener('drop', onDrop, { signal })
    window.addEventListener('paste', onPaste, { signal })
    return () => stop.abort()
  }, [])

  return { over }
}

function zoneOf(event: DragEvent): Kind | null {
  const part = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-drop]') : null
  const zone = part?.dataset.drop
  return zone === 'speech' || zone === 'presenter' ? zone : null
}
