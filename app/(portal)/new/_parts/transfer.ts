import { DetailedError, Upload } from 'tus-js-client'
import { ApiError, apiErrorOf } from '#app/_components/api/call'
import { newKey } from '#app/_components/api/create'
import type { Kind } from './file-kind.ts'
import { halveParts, partBytes } from './part-size.ts'
import { reachable } from './reachable.ts'

const SECOND = 1000
/** Between tries where the server answers that it can't at the moment; afterwards the upload has failed. */
const PAUSES_MS = [0, 1, 1, 2, 3, 5, 10, 15, 20, 30, 30, 30].map((seconds) => seconds * SECOND)
/** A connection on which no byte moved for so long is given up: a laptop slept, or the network is another one. */
const MAX_STALL_MS = 30 * SECOND

export interface TransferEvents {
  onProgress: (sent: number, total: number) => void
  /** Where the server keeps what has arrived. */
  onUrl: (url: string) => void
  /** The connection was lost; it is tried again by itself. */
  onInterrupted: () => void
  /** Something on the way refused a part for its size; the file goes on in smaller ones. */
  onSmallerParts: () => void
  onDone: (assetId: string) => void
  onFailed: (error: ApiError) => void
}

export interface Transfer {
  /** Stops; what has arrived is kept, so that the same file goes on where it stopped. */
  pause: () => void
  /** Stops and lets the server forget what has arrived. */
  discard: () => void
}

/**
 * Uploads one file by tus, in parts. One whose upload was broken off is taken up again: at `url` where that is
 * known, else where this browser remembers it. It goes on until it arrives, however often the network is lost.
 */
export function startTransfer(
  kind: Kind,
  file: File,
  url: string | undefined,
  events: TransferEvents,
): Transfer {
  const transfer = new TusTransfer(kind, file, url, events)
  void transfer.begin()
  return transfer
}

class TusTransfer implements Transfer {
  private readonly upload: Upload
  private readonly file: File
  private readonly events: TransferEvents
  private url: string | undefined
  /** Under which the server makes the upload once. */
  private key = newKey()
  private readonly life = new AbortController()
  /** Tries since a part arrived. */
  private tries = 0
  private arrived = 0
  private waiting = false
  private stall: ReturnType<typeof setTimeout> | undefined

  constructor(kind: Kind, file: File, url: string | undefined, events: TransferEvents) {
    this.file = file
    this.url = url
    this.events = events
    this.upload = new Upload(file, {
      endpoint: '/api/v1/uploads',
      uploadUrl: url,
      metadata: { filename: file.name, kind },
      onBeforeRequest: (request) => {
        if (request.getMethod() === 'POST') request.setHeader('Idempotency-Key', this.key)
      },
      // Under a key that was answered nothing more is made, be it that the server forgets the upload later.
      onAfterResponse: (request, response) => {
        const inProgress = response.getStatus() === 409 && response.getHeader('Retry-After')
        if (request.getMethod() === 'POST' && !inProgress) this.key = newKey()
      },
      retryDelays: null,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => ['greenroom', kind, file.name, file.size, file.lastModified].join('|'),
      onProgress: (sent, total) => {
        if (this.ended) return
        // While the server judges the whole file, no byte moves.
        this.watch(sent < total)
        events.onProgress(sent, total)
      },
      onChunkComplete: (_part, bytes) => {
        this.tries = 0
        this.arrived = bytes
      },
      onUploadUrlAvailable: () => this.keepUrl(),
      onSuccess: ({ lastResponse }) => this.succeed(lastResponse.getHeader('Greenroom-Asset-Id')),
      onError: (error) => this.goOn(error),
    })
    // The browser does not end a request that is under way when it loses the network.
    window.addEventListener('offline', () => this.connectAnew(), { signal: this.life.signal })
  }

  async begin(): Promise<void> {
    const [earlier] = this.url ? [] : await this.upload.findPreviousUploads().catch(() => [])
    if (earlier) {
      this.upload.resumeFromPreviousUpload(earlier)
      this.url = earlier.uploadUrl ?? undefined
    }
    this.send()
  }

  pause(): void {
    this.end()
    this.upload.abort().catch(() => {})
  }

  discard(): void {
    this.end()
    this.upload.abort(this.upload.url !== null).catch(() => {})
  }

  private get ended(): boolean {
    return this.life.signal.aborted
  }

  private end(): void {
    this.life.abort()
    clearTimeout(this.stall)
  }

  private send(): void {
    if (this.ended) return
    this.upload.options.chunkSize = partBytes()
    // tus forgets the upload when it is refused a look at it, be it by a proxy whose server restarts.
    this.upload.url = this.url ?? null
    this.upload.start()
    this.watch(true)
  }

  /** Gives the connection up when no byte moves for long. */
  private watch(moving: boolean): void {
    clearTimeout(this.stall)
    if (moving) this.stall = setTimeout(() => this.connectAnew(), MAX_STALL_MS)
  }

  private connectAnew(): void {
    this.upload.abort().catch(() => {})
    void this.sendAfter(reachable)
  }

  /** Waits, once however many reasons there are, and goes on where the server stopped. */
  private async sendAfter(wait: () => Promise<unknown>): Promise<void> {
    this.watch(false)
    if (this.waiting) return
    this.waiting = true
    this.events.onInterrupted()
    await wait()
    this.waiting = false
    this.send()
  }

  private keepUrl(): void {
    if (!this.upload.url) return
    this.url = this.upload.url
    this.events.onUrl(this.url)
  }

  private succeed(assetId: string | undefined): void {
    if (this.ended) return
    this.end()
    if (assetId) this.events.onDone(assetId)
    else this.events.onFailed(new ApiError(500, 'internal', 'The upload was not accepted.'))
  }

  private goOn(error: Error): void {
    if (this.ended) return
    const status = statusOf(error)
    const part = Math.min(this.upload.options.chunkSize ?? partBytes(), this.file.size - this.arrived)
    if (isPartTooLarge(error) && halveParts(part)) {
      this.events.onSmallerParts()
      this.send()
      return
    }
    const pause = PAUSES_MS[this.tries++]
    // Some proxies hang up instead of answering 413, and on a bad line smaller parts get through.
    if (this.tries > 2) halveParts(part)
    if (status === 0) return void this.sendAfter(reachable)
    if (pause !== undefined && passes(status))
      return void this.sendAfter(() => new Promise((resolve) => setTimeout(resolve, pause)))
    this.end()
    this.events.onFailed(problemOf(error))
  }
}

/** The status of the answer; 0 where there was none. */
const statusOf = (error: Error): number =>
  error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0

/** The portal itself refuses a file's size at its announcement; a part is refused by something on the way. */
const isPartTooLarge = (error: Error): boolean =>
  error instanceof DetailedError && error.originalRequest.getMethod() === 'PATCH' && statusOf(error) === 413

/** A lock, a limit and a server's slip pass; a refusal and a full disk don't. */
const passes = (status: number): boolean =>
  [409, 423, 429].includes(status) || (status >= 500 && status !== 507)

function problemOf(error: Error): ApiError {
  const status = statusOf(error)
  return apiErrorOf(status, (error as DetailedError).originalResponse?.getBody() ?? '')
}
