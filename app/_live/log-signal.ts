const watchers = new Map<string, Set<() => void>>()

/** Calls back whenever a line was added to the job's log. Returns how to stop. */
export function watchLog(jobId: string, watcher: () => void): () => void {
  const set = watchers.get(jobId) ?? new Set()
  watchers.set(jobId, set.add(watcher))
  return () => set.delete(watcher)
}

/** Says that the job's log grew; without an id, that any may have. */
export function signalLog(jobId?: string): void {
  for (const [id, set] of watchers) if (!jobId || id === jobId) for (const each of set) each()
}
