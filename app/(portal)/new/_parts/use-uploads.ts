'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { onAssetSignal } from '#app/_live/asset-signal'
import { keepPage } from '#app/_live/keep-page'
import { onSessionResume } from '#app/_live/session-resume'
import { createUploads, isUnderWay, type UploadItem, type Uploads } from './uploads.ts'

const NOTHING: UploadItem[] = []

/** The page's uploads: paused when it is left, resumed when a lost session or connection is back. */
export function useUploads(onSmallerParts: () => void): {
  uploads: Uploads
  items: UploadItem[]
  busy: boolean
} {
  const [uploads] = useState(() => createUploads(onSmallerParts))
  const items = useSyncExternalStore(uploads.subscribe, uploads.items, () => NOTHING)
  const busy = items.some(isUnderWay)

  useEffect(() => {
    uploads.resume()
    const again = () => uploads.retry()
    window.addEventListener('online', again)
    const stopResuming = onSessionResume(again)
    const stopLooking = onAssetSignal((assetId) => void uploads.lookAgain(assetId))
    return () => {
      window.removeEventListener('online', again)
      stopResuming()
      stopLooking()
      uploads.pauseAll()
    }
  }, [uploads])

  const hasFiles = items.length > 0
  useEffect(() => (hasFiles ? keepPage() : undefined), [hasFiles])

  return { uploads, items, busy }
}
