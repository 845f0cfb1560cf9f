import { mkdirSync } from 'node:fs'
import { Server, type ServerOptions } from '@tus/server'
import type { UploadLimits } from '#core/asset/limits'
import { createTurns } from '#core/asset/turns'
import { HashingFileStore } from '#core/asset/tus-store'
import { notFound, responseOf, type UploadRefusal, uploadRefusalOf } from '#core/asset/upload-answers'
import {
  ASSET_ID_HEADER,
  parseMetadata,
  type ReceivedUpload,
  UploadFinisher,
} from '#core/asset/upload-finish'
import { isId, newId } from '#core/ids'
import type { NewUpload } from '#core/limits/room'
import { dataLayout } from '#core/storage/layout'

export type UploadServerOptions = {
  dataDir: string
  /** The route's path, e.g. `/api/v1/uploads`. */
  path: string
  limits: UploadLimits
  /** Who is asking. What it throws is thrown by `handleWeb`. */
  identify: (request: Request) => Promise<{ userId: string }>
  /** Keeps room for an upload before its first byte comes, or says why there is none. */
  admit?: (upload: NewUpload) => Promise<UploadRefusal | null>
  /** Gives that room back when the upload has ended, however it did. */
  onEnded?: (id: string) => Promise<void>
  /** Judges a received file and makes an asset of it, or throws MediaError; the file is removed either way. */
  onReceived: (upload: ReceivedUpload) => Promise<{ assetId: string }>
  /** Is told of every error that is ours and not the client's. */
  onError?: (error: unknown) => void
}

export type UploadServer = { handleWeb: (request: Request) => Promise<Response> }

/**
 * Resumable uploads by the tus protocol. Bodies stream to disk. Uploads belong to their creators; to others
 * they don't exist (404). The last PATCH answers 204 with the asset's id in `Greenroom-Asset-Id`, or 422 with
 * `{ code, message, params }` when the file is refused. Every error has a JSON body of that form.
 * Received files are judged a few at a time, in turns that are fair to their owners.
 * A process needs just one of these: the turns, and the locks between requests, live in its memory.
 */
export function createUploadServer(options: UploadServerOptions): UploadServer {
  const directory = dataLayout(options.dataDir).uploads
  mkdirSync(directory, { recursive: true })
  const store = new HashingFileStore(directory, options.onEnded)
  const turns = createTurns(options.limits.inspectionsAtOnce)
  const judge = (upload: ReceivedUpload) => turns(upload.ownerId, () => options.onReceived(upload))
  const finisher = new UploadFinisher(store, judge)
  const askedBy = new WeakMap<Request, string>()
  const server = new Server(serverOptions(store, finisher, askedBy, options))

  async function answer(request: Request, userId: string): Promise<Response> {
    if (request.method === 'GET') return responseOf(notFound)
    const id = new URL(request.url).pathname.split('/').at(-1) ?? ''
    const returning = (request.method === 'HEAD' || request.method === 'DELETE') && isId(id)
    const assetId = returning ? await finisher.assetIdOf(id, userId) : undefined
    const response = await server.handleWeb(request)
    if (assetId && request.method === 'HEAD') response.headers.set(ASSET_ID_HEADER, assetId)
    if (response.status >= 400) response.headers.set('Content-Type', 'application/json')
    return response
  }

  return {
    async handleWeb(request) {
      const { userId } = await options.identify(request)
      askedBy.set(request, userId)
      return answer(request, userId).catch((error) =>
        responseOf(uploadRefusalOf(error, request, options.limits.maxBytes, options.onError)),
      )
    },
  }
}

function serverOptions(
  store: HashingFileStore,
  finisher: UploadFinisher,
  askedBy: WeakMap<Request, string>,
  { path, limits, admit, onError }: UploadServerOptions,
): Omit<ServerOptions, 'locker'> & { datastore: HashingFileStore } {
  return {
    path,
    datastore: store,
    maxSize: limits.maxBytes,
    relativeLocation: true,
    allowedOrigins: () => false,
    exposedHeaders: [ASSET_ID_HEADER],
    namingFunction: newId,
    getFileIdFromRequest: (_request, last) => (last && isId(last) ? last : undefined),
    // The owner comes last, so that a client can't name another.
    onUploadCreate: async (request, { id, metadata, size }) => {
      const ownerId = askedBy.get(request) ?? null
      const parsed = parseMetadata(metadata)
      // One that does not say how long it is may become as long as any.
      const refusal = ownerId && (await admit?.({ id, ownerId, bytes: size ?? limits.maxBytes }))
      if (refusal) throw refusal
      return { metadata: { ...parsed, ownerId } }
    },
    onIncomingRequest: async (request, id) => {
      if (request.method === 'POST') return
      const { metadata } = await store.getUpload(id)
      if (!metadata?.ownerId || metadata.ownerId !== askedBy.get(request)) throw notFound
    },
    onUploadFinish: (_request, upload) => finisher.finish(upload),
    onResponseError: (request, error) => uploadRefusalOf(error, request, limits.maxBytes, onError),
  }
}
