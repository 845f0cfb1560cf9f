'use client'

import { useSyncExternalStore } from 'react'

/** How far a running job is. */
export interface Progress {
  stage: string | null
  fraction: number
  fps: number | null
  framesDone: number
  frames: number | null
}

interface Entry {
  progress: Progress
  /** Its job changed since; it counts until the page has been rendered anew. */
  stale: boolean
}

const entries = new Map<string, Entry>()
const watchers = new Map<string, Set<() => void>>()

const notify = (key: string) => {
  for (const each of watchers.get(key) ?? []) each()
}

/** Keeps the newest progress of a job, or of a device for somebody else's. */
export function putProgress(key: string, progress: Progress): void {
  entries.set(key, { progress, stale: false })
  notify(key)
}

/** Marks what is known of a job (all, without a key) as older than the news that just came. */
export function markStale(key?: string): void {
  for (const [each, entry] of entries)
    if (!key || each === key || each.startsWith('device ')) entry.stale = true
}

/** Forgets what was marked, once the page shows the rows as they are now. */
export function dropStale(): void {
  for (const [key, entry] of [...entries]) {
    if (!entry.stale) continue
    entries.delete(key)
    notify(key)
  }
}

/** The newest of what the server rendered and what came since; never one that jumps back. */
export function useProgress(key: string, rendered: Progress): Progress {
  const live = useSyncExternalStore(
    (watcher) => {
      const set = watchers.get(key) ?? new Set()
      watchers.set(key, set.add(watcher))
      return () => set.delete(watcher)
    },
    () => entries.get(key)?.progress,
    () => undefined,
  )
  return live && live.fraction >= rendered.fraction ? live : rendered
}
