let holds = 0
const resumers = new Set<() => void>()

/** While held, an ended session leaves the page where it is: it has files that are not uploaded yet. */
export function holdPage(): () => void {
  holds++
  return () => {
    holds--
  }
}

export const isHeld = (): boolean => holds > 0

/** Calls back when the session is there again. Returns how to stop. */
export function onResume(resume: () => void): () => void {
  resumers.add(resume)
  return () => resumers.delete(resume)
}

export function signalResume(): void {
  for (const each of [...resumers]) each()
}

const CHANNEL = 'greenroom'

/** Tells the other tabs of this browser that somebody signed in. */
export function announceSignIn(): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage('signed-in')
  channel.close()
}

/** Calls back when another tab signed in. Returns how to stop. */
export function onSignIn(callback: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = (event) => event.data === 'signed-in' && callback()
  return () => channel.close()
}
