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
