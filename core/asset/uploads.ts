import { mkdirSync } from 'node:fs'
import { Server, type Upload } from '@tus/server'
import { isId, newId } from '#core/ids'
import { MediaError, mediaError } from '#core/media/errors'
import { dataLayout } from '#core/storage/layout'
import type { UploadLimits } from './limits.ts'
import { type AssetKind, uploadMetadata } from './schema.ts'
import { HashingFileStore } from './tus-store.ts'

export const ASSET_ID_HEADER = 'Greenroom-Asset-Id'

/** A file that has wholly arrived and is not yet judged. */
export type ReceivedUpload = {
  ownerId: string
  kind: AssetKind
  name: string
  path: string
  bytes: number
  sha256: string
}

export type UploadServerOptions = {
  dataDir: string
  /** The route's path, e.g. `/api/v1/uploads`. */
  path: string
  limits: UploadLimits
  /** Who is asking. What it throws is thrown by `handleWeb`. */
  identify: (request: Request) => Promise<{ userId: string }>
  /** Judges a received file and makes an asset of it, or throws MediaError; the file is removed either way. */
  onReceived: (upload: ReceivedUpload) => Promise<{ assetId: string }>
  /** Hears of failures that are answered with a bare 500. */
  onError?: (error: unknown) => void
}

export type UploadServer = { handleWeb: (request: Request) => Promise<Response> }

type Answer = { status_code: number; body: string; headers: Record<string, string> }

/**
 * Resumable uploads by the tus protocol. Bodies stream to disk. Uploads belong to their creators; to others
 * they don't exist (404). The last PATCH answers 204 with the asset's id in `Greenroom-Asset-Id`, or 422 with
 * `{ code, message, params }` when the file is refused. Every error has a JSON body of that form.
 * A process needs just one of these: the locks between requests live in its memory.
 */
export function createUploadServer(options: UploadServerOptions): UploadServer {
  const { limits, identify } = options
  const directory = dataLayout(options.dataDir).uploads
  mkdirSync(directory, { recursive: true })
  const store = new HashingFileStore(directory)
  const askedBy = new WeakMap<Request, string>()
  const finishing = new Map<string, Promise<Answer>>()

  const server = new Server({
    path: options.path,
    datastore: store,
    maxSize: limits.maxBytes,
    relativeLocation: true,
    allowedOrigins: () => false,
    exposedHeaders: [ASSET_ID_HEADER],
    namingFunction: newId,
    getFileIdFromRequest: (_request, last) => (last && isId(last) ? last : undefined),
    onUploadCreate: async (request, upload) => ({
      metadata: { ...parseMetadata(upload.metadata), ownerId: ownerOf(request) },
    }),
    onIncomingRequest: async (request, id) => {
      if (request.method === 'POST') return
      const upload = await store.getUpload(id)
      if (upload.metadata?.ownerId !== ownerOf(request)) throw notFound
    },
    onUploadFinish: (_request, upload) => finishOnce(upload),
    onResponseError: (request, error) => answerError(request, error, options),
  })

  function ownerOf(request: Request): string {
    const owner = askedBy.get(request)
    if (!owner) throw new Error('The upload server was asked by nobody')
    return owner
  }

  /** Two requests may both see an upload complete; it is judged once, and both get the one answer. */
  function finishOnce(upload: Upload): Promise<Answer> {
    const running = finishing.get(upload.id)
    if (running) return running
    const answer = finishUpload(store, upload, options).finally(() => finishing.delete(upload.id))
    finishing.set(upload.id, answer)
    return answer
  }

  /** A client that comes back asks by HEAD; one whose file is all there must learn its asset's id from that. */
  async function assetIdFor(id: string, userId: string): Promise<string | undefined> {
    const upload = await store.getUpload(id).catch(() => undefined)
    if (!upload || upload.metadata?.ownerId !== userId || upload.offset !== upload.size) return undefined
    return (await finishOnce(upload)).headers[ASSET_ID_HEADER]
  }

  async function handleWeb(request: Request): Promise<Response> {
    const { userId } = await identify(request)
    askedBy.set(request, userId)
    if (request.method === 'GET') return errorResponse(notFound)
    try {
      return await answer(request, userId)
    } catch (error) {
      return errorResponse(answerError(request, error as Error, options))
    }
  }

  async function answer(request: Request, userId: string): Promise<Response> {
    const id = new URL(request.url).pathname.split('/').at(-1) ?? ''
    const returning = (request.method === 'HEAD' || request.method === 'DELETE') && isId(id)
    const assetId = returning ? await assetIdFor(id, userId) : undefined
    const response = await server.handleWeb(request)
    if (assetId && request.method === 'HEAD') response.headers.set(ASSET_ID_HEADER, assetId)
    if (response.status >= 400) response.headers.set('Content-Type', 'application/json')
    return response
  }

  return { handleWeb }
}

async function finishUpload(
  store: HashingFileStore,
  upload: Upload,
  options: UploadServerOptions,
): Promise<Answer> {
  const earlier = await store.finished(upload.id)
  if (earlier) return accepted(earlier.assetId)
  const bytes = upload.offset
  const { kind, filename, ownerId } = {
    ...parseMetadata(upload.metadata),
    ownerId: upload.metadata?.ownerId ?? '',
  }
  try {
    const sha256 = await store.digest(upload.id, bytes)
    const path = store.pathOf(upload.id)
    const { assetId } = await options.onReceived({ ownerId, kind, name: filename, path, bytes, sha256 })
    await store.finish(upload.id, { assetId, ownerId, bytes })
    return accepted(assetId)
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    await store.remove(upload.id)
    return { ...mediaAnswer(error, 422), headers: { 'Content-Type': 'application/json' } }
  }
}

function accepted(assetId: string): Answer {
  return { status_code: 204, body: '', headers: { [ASSET_ID_HEADER]: assetId } }
}

function parseMetadata(metadata: Upload['metadata']): { kind: AssetKind; filename: string } {
  const parsed = uploadMetadata.safeParse(metadata ?? {})
  if (parsed.success) return parsed.data
  throw failure(400, 'bad_metadata', 'Upload-Metadata needs a kind, which is speech or presenter.')
}

type Failure = { status_code: number; body: string }

function failure(status: number, code: string, message: string, params = {}): Failure {
  return { status_code: status, body: JSON.stringify({ code, message, params }) }
}

const mediaAnswer = (error: MediaError, status: number): Failure =>
  failure(status, error.code, error.message, error.params)

const notFound = failure(404, 'not_found', 'There is no such upload.')

/** tus's own errors, which are plain objects with a line of text, and ours in one form. */
function answerError(request: Request, error: Error | Failure, options: UploadServerOptions): Failure {
  if (error instanceof Error && !('status_code' in error)) {
    options.onError?.(error)
    return failure(500, 'internal', 'The upload failed on the server.')
  }
  const { status_code, body } = error as Failure
  if (body.startsWith('{')) return { status_code, body }
  if (status_code === 413) {
    const bytes = Number(request.headers.get('upload-length') ?? request.headers.get('content-length') ?? 0)
    const { maxBytes } = options.limits
    return mediaAnswer(mediaError('too_large', { bytes: Math.max(bytes, maxBytes + 1), maxBytes }), 413)
  }
  if (status_code === 404 || status_code === 410) return notFound
  if (status_code >= 500) options.onError?.(body)
  return failure(status_code, 'upload_protocol', body.trim())
}

function errorResponse({ status_code, body }: Failure): Response {
  return new Response(body, { status: status_code, headers: { 'Content-Type': 'application/json' } })
}
