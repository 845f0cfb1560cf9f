import type { SessionUser } from '#app/_auth/user'
import type { QueueEvent } from '#core/events/events'
import { findSessionById } from '#core/user/sessions'
import { type PageEvent, writePageEvent } from './page-event.ts'
import { merge, viewOf } from './view.ts'

const COALESCE_MS = 250
const HEARTBEAT_MS = 15_000
const RECHECK_MS = 60_000
const MIN_RECHECK_MS = 1000
const MAX_UNREAD = 8

/**
 * One open page. Events of a quarter second are sent together, the latest of each key; a client that reads
 * slowly gets fewer, never a backlog.
 */
export class Connection {
  readonly userId: string
  readonly stream: ReadableStream<Uint8Array>
  private viewer: SessionUser
  private controller!: ReadableStreamDefaultController<Uint8Array>
  private readonly pending = new Map<string, PageEvent>()
  private coalescing: NodeJS.Timeout | undefined
  private readonly alive: NodeJS.Timeout
  private nextCheck: NodeJS.Timeout | undefined
  private readonly onClose: (connection: Connection) => void
  private closed = false

  constructor(viewer: SessionUser, onClose: (connection: Connection) => void) {
    this.userId = viewer.id
    this.viewer = viewer
    this.onClose = onClose
    this.stream = new ReadableStream({
      start: (controller) => {
        this.controller = controller
      },
      cancel: () => this.close(),
    })
    this.alive = setInterval(() => this.write(': alive\n\n'), HEARTBEAT_MS)
    this.recheckLater()
    this.write('retry: 1000\nevent: hello\ndata: {}\n\n')
  }

  hear(event: QueueEvent): void {
    if (event.kind === 'user' && event.userId === this.userId) void this.recheck()
    const addressed = viewOf(event, this.viewer)
    if (!addressed) return
    const { coalesceKey: key } = addressed
    this.pending.set(key, merge(this.pending.get(key), addressed.event))
    if (!this.coalescing) this.flush()
  }

  /** Events may have been missed: the page should look at everything again, and so do we at its session. */
  resync(): void {
    void this.recheck()
    this.write('event: resync\ndata: {}\n\n')
  }

  /** Ends the stream; a page that wants to stay comes back after `retryMs`. */
  close(retryMs?: number): void {
    if (this.closed) return
    if (retryMs !== undefined) this.write(`retry: ${retryMs}\n\n`)
    this.closed = true
    clearTimeout(this.coalescing)
    clearInterval(this.alive)
    clearTimeout(this.nextCheck)
    try {
      this.controller.close()
    } catch {
      // The client was first.
    }
    this.onClose(this)
  }

  private flush(): void {
    this.coalescing = setTimeout(() => {
      this.coalescing = undefined
      if (this.pending.size > 0) this.flush()
    }, COALESCE_MS)
    if ((this.controller.desiredSize ?? 0) <= 0) return
    const text = [...this.pending.values()].map((event) => `data: ${writePageEvent(event)}\n\n`).join('')
    this.pending.clear()
    this.write(text)
  }

  private write(text: string): void {
    if (this.closed) return
    // Nobody reads any more, and nobody said so.
    if ((this.controller.desiredSize ?? 0) < -MAX_UNREAD) this.close()
    else this.controller.enqueue(new TextEncoder().encode(text))
  }

  /** Looks at the session once a minute, and when its time is over. */
  private recheckLater(): void {
    clearTimeout(this.nextCheck)
    if (this.closed) return
    const left = this.viewer.sessionEndsAt.getTime() - Date.now()
    this.nextCheck = setTimeout(
      () => void this.recheck(),
      Math.min(RECHECK_MS, Math.max(MIN_RECHECK_MS, left + 1)),
    )
  }

  /** Ends the stream when its session has ended; the page's next attempt answers 401. */
  async recheck(): Promise<void> {
    try {
      const user = await findSessionById(this.viewer.sessionId)
      if (user) this.viewer = user
      else this.close()
    } catch {
      // The database is away; the next check decides.
    }
    this.recheckLater()
  }
}
