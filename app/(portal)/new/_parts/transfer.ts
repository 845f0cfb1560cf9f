import { DetailedError, Upload } from 'tus-js-client'
import { ApiError, apiErrorOf } from '#app/_components/api/call'
import type { Kind } from './file-kind.ts'

const SECOND = 1000
const PAUSES = [0, 1, 3, 5, 10, 15, 20, 30, 30, 30].map((seconds) => seconds * SECOND)

export interface TransferEvents {
  onProgress: (sent: number, total: number) => void
  /** Where the server keeps what has arrived. */
  onUrl: (url: string) => void
  /** The connection was lost; it is tried again by itself. */
  onInterrupted: () => void
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
 * Uploads one file by tus. One whose upload was broken off is taken up again: at `url` where that is known,
 * else where this browser remembers it.
 */
export function startTransfer(
  kind: Kind,
  file: File,
  url: string | undefined,
  events: TransferEvents,
): Transfer {
  let stopped = false
  const upload = new Upload(file, {
    endpoint: '/api/v1/uploads',
    uploadUrl: url,
    metadata: { filename: file.name, kind },
    retryDelays: PAUSES,
    removeFingerprintOnSuccess: true,
    fingerprint: async () => ['greenroom', kind, file.name, file.size, file.lastModified].join('|'),
    onProgress: events.onProgress,
    onUploadUrlAvailable: () => upload.url && events.onUrl(upload.url),
    onShouldRetry: (error) => {
      const again = worthRetrying(statusOf(error))
      if (again && !stopped) events.onInterrupted()
      return again && !stopped
    },
    onSuccess: ({ lastResponse }) => {
      if (stopped) return
      const assetId = lastResponse.getHeader('Greenroom-Asset-Id')
      if (assetId) events.onDone(assetId)
      else events.onFailed(new ApiError(500, 'internal', 'The upload was not accepted.'))
    },
    onError: (error) => {
      if (!stopped) events.onFailed(problemOf(error))
    },
  })
  void (async () => {
    const [earlier] = url ? [] : await upload.findPreviousUploads().catch(() => [])
    if (stopped) return
    if (earlier) upload.resumeFromPreviousUpload(earlier)
    upload.start()
  })()
  const stop = (forget: boolean) => {
    stopped = true
    upload.abort(forget && upload.url !== null).catch(() => {})
  }
  return { pause: () => stop(false), discard: () => stop(true) }
}

const statusOf = (error: Error): number =>
  error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0

/** No answer, a lock, a limit and a server's slip pass; a refusal and a full disk don't. */
const worthRetrying = (status: number): boolean =>
  [0, 409, 423, 429].includes(status) || (status >= 500 && status !== 507)

function problemOf(error: Error): ApiError {
  const status = statusOf(error)
  if (status === 0) return new ApiError(0, 'network', error.message)
  return apiErrorOf(status, (error as DetailedError).originalResponse?.getBody() ?? '')
}
