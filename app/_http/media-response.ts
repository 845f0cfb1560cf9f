import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { setContentLength } from '#app/_server/exchange'
import { visibleName } from '#core/names'
import type { Storage } from '#core/storage/storage'
import { type ByteRange, rangeOf } from './byte-range.ts'
import { notFound } from './problem.ts'

export interface StoredFile {
  key: string
  contentType: string
  /** Makes a browser save the file under this name. */
  downloadAs?: string
}

/**
 * Answers with a stored file, or the part of it that the request's Range names. What lies under a key never
 * changes, so a browser may keep it; `Vary` stops it from showing it to whoever signs in next.
 * The file is opened when the first byte is wanted and closed when the client goes away.
 */
export async function mediaResponse(
  request: Request,
  storage: Storage,
  { key, contentType, downloadAs }: StoredFile,
): Promise<Response> {
  const size = await storage.size(key)
  if (size === null) return notFound('The file is gone.')
  const etag = `"${createHash('sha256').update(`${key}:${size}`).digest('base64url').slice(0, 22)}"`
  const headers = new Headers({
    'Content-Type': contentType,
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Cache-Control': 'private, max-age=604800, immutable, no-transform',
    Vary: 'Cookie',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  })
  if (downloadAs) headers.set('Content-Disposition', attachment(downloadAs))
  if (matches(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })

  const range = rangeOf(request.headers, etag, size)
  if (range === 'unsatisfiable') {
    headers.set('Content-Range', `bytes */${size}`)
    return new Response(null, { status: 416, headers })
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  setContentLength(end - start + 1)
  if (range) headers.set('Content-Range', `bytes ${start}-${end}/${size}`)
  const body = size === 0 ? null : readLazily(storage, key, { start, end })
  return new Response(body, { status: range ? 206 : 200, headers })
}

/** A Content-Disposition whose name survives every script (RFC 5987), with a plain one for old clients. */
export function attachment(given: string): string {
  const name = visibleName(given)
  const plain = name
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '_')
    .replace(/["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (!ifNoneMatch) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}

/** Nothing is read ahead, so that a HEAD request, whose body nobody reads, leaves no open file behind. */
function readLazily(storage: Storage, key: string, range: ByteRange) {
  let file: Promise<Readable> | undefined
  let chunks: AsyncIterator<Buffer> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        file ??= storage.openRead(key, range)
        chunks ??= (await file)[Symbol.asyncIterator]()
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        const opened = await file?.catch(() => undefined)
        opened?.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}
