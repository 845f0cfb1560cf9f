import { type PageEvent, readPageEvent } from '#app/_events/page-event'
import { onSignIn } from './sign-in-broadcast.ts'

export type StreamStatus = 'open' | 'lost' | 'ended'

interface Handlers {
  onEvent: (event: PageEvent) => void
  /** Connected, perhaps after a gap: what is shown may be old. */
  onFresh: () => void
  onStatus: (status: StreamStatus) => void
}

const EVENTS = '/api/v1/events'
const MAX_WAIT = 15_000
/** A tab in the background lets go of its connection: browsers allow only six to one server. */
const HIDDEN_FOR = 60_000

/**
 * Keeps one connection to the portal's events until told to stop: opens it again with growing pauses, lets it
 * go while the tab is long hidden, and tells an ended session from a lost connection.
 */
export function openStream({ onEvent, onFresh, onStatus }: Handlers): () => void {
  let source: EventSource | null = null
  let wait = 1000
  let retry: ReturnType<typeof setTimeout> | undefined
  let hiding: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const close = () => {
    clearTimeout(retry)
    source?.close()
    source = null
  }
  const open = () => {
    close()
    if (stopped) return
    const opened = new EventSource(EVENTS)
    source = opened
    opened.addEventListener('hello', () => {
      wait = 1000
      onStatus('open')
      onFresh()
    })
    opened.addEventListener('resync', onFresh)
    opened.onmessage = ({ data }) => onEvent(readPageEvent(data))
    opened.onerror = () => {
      onStatus('lost')
      // Where the server answered with an error, the browser gives up; we don't.
      if (opened.readyState === EventSource.CLOSED && source === opened) void again()
    }
  }
  const again = async () => {
    close()
    if (await sessionEnded()) return onStatus('ended')
    retry = setTimeout(open, wait)
    wait = Math.min(wait * 2, MAX_WAIT)
  }
  const onVisibility = () => {
    clearTimeout(hiding)
    if (document.hidden) hiding = setTimeout(close, HIDDEN_FOR)
    else if (!source) open()
  }

  open()
  document.addEventListener('visibilitychange', onVisibility)
  window.addEventListener('online', open)
  const stopListening = onSignIn(open)
  return () => {
    stopped = true
    close()
    clearTimeout(hiding)
    document.removeEventListener('visibilitychange', onVisibility)
    window.removeEventListener('online', open)
    stopListening()
  }
}

/** An EventSource can't see why it was refused, so the same address is asked once by hand. */
async function sessionEnded(): Promise<boolean> {
  const stop = new AbortController()
  try {
    const response = await fetch(EVENTS, { signal: stop.signal, headers: { Accept: 'text/event-stream' } })
    // 403: a second factor is to be set up first, as the sign-in page knows too.
    return response.status === 401 || response.status === 403
  } catch {
    return false
  } finally {
    stop.abort()
  }
}
