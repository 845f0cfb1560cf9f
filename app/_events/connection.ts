import type { SessionUser } from '#app/_auth/user'
import type { QueueEvent } from '#core/events/events'
import { findSessionUser } from '#core/user/data'
import { type PageEvent, writePageEvent } from './page-event.ts'
import { merge, viewOf } from './view.ts'

const COALESCE_MS = 250
const HEARTBEAT_MS = 15_000
const RECHECK_MS = 60_000
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
  private readonly timers: NodeJS.Timeout[]
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
    this.timers = [
      setInterval(() => this.write(': alive\n\n'), HEARTBEAT_MS),
      setInterval(() => void this.recheck(), RECHECK_MS),
    ]
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

  /** Events may have been missed: the page should look at everything again. */
  resync(): void {
    this.write('event: resync\ndata: {}\n\n')
  }

  /** Ends the stream; a page that wants to stay comes back after `retryMs`. */
  close(retryMs?: number): void {
    if (this.closed) return
    if (retryMs !== undefined) this.write(`retry: ${retryMs}\n\n`)
    this.closed = true
    clearTimeout(this.coalescing)
    for (const timer of this.timers) clearInterval(timer)
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

  /** Ends the stream when its session has ended; the page's next attempt answers 401. */
  private async recheck(): Promise<void> {
    const { id, sessionVersion } = this.viewer
    try {
      const user = await findSessionUser(id, sessionVersion)
      if (user) this.viewer = user
      else this.close()
    } catch {
      // The database is away; the next check decides.
    }
  }
}
