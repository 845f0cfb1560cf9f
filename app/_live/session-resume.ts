const watchers = new Set<() => void>()

/** Calls back when the session is there again. Returns how to stop. */
export function onSessionResume(resume: () => void): () => void {
  watchers.add(resume)
  return () => watchers.delete(resume)
}

/** Says that the session is there again. */
export function signalSessionResume(): void {
  for (const each of [...watchers]) each()
}
