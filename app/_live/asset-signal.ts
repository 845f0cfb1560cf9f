const watchers = new Set<(assetId?: string) => void>()

/** Says that more is known of a file; without an id, that news of any may have been missed. */
export function signalAsset(assetId?: string): void {
  for (const each of watchers) each(assetId)
}

/** Calls back at each such word, until the returned function is called. */
export function onAssetSignal(watcher: (assetId?: string) => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
