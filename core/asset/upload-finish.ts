import type { Upload } from '@tus/server'
import { type AssetKind, uploadMetadata } from '#core/asset/schema'
import type { HashingFileStore } from '#core/asset/tus-store'
import { notFound, refusedFile, type UploadRefusal, uploadRefusal } from '#core/asset/upload-answers'
import { MediaError } from '#core/media/errors'

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

/** What the client is told at the end of its upload. */
export type FinishAnswer = UploadRefusal & { headers: Record<string, string> }

/**
 * Judges uploads that have wholly arrived. Two requests may both see an upload complete: it is judged once,
 * and both get the one answer.
 */
export class UploadFinisher {
  private readonly store: HashingFileStore
  private readonly judge: (upload: ReceivedUpload) => Promise<{ assetId: string }>
  private readonly running = new Map<string, Promise<FinishAnswer>>()

  constructor(store: HashingFileStore, judge: (upload: ReceivedUpload) => Promise<{ assetId: string }>) {
    this.store = store
    this.judge = judge
  }

  /** The answer to the request that completed an upload. A refused file is gone afterwards. */
  finish(upload: Upload): Promise<FinishAnswer> {
    const running = this.running.get(upload.id)
    if (running) return running
    const answer = this.finishNow(upload).finally(() => this.running.delete(upload.id))
    this.running.set(upload.id, answer)
    return answer
  }

  /**
   * The asset made of somebody's upload, if it is all there. A client that comes back after losing the last
   * answer asks by HEAD, and takes a complete upload for a success: so it is judged here if it wasn't yet.
   */
  async assetIdOf(id: string, ownerId: string): Promise<string | undefined> {
    const upload = await this.store.getUpload(id).catch(() => undefined)
    if (!upload || upload.metadata?.ownerId !== ownerId || upload.offset !== upload.size) return undefined
    return (await this.finish(upload)).headers[ASSET_ID_HEADER]
  }

  private async finishNow({ id, metadata, offset: bytes }: Upload): Promise<FinishAnswer> {
    const earlier = await this.store.finished(id)
    if (earlier) return accepted(earlier.assetId)
    if (!(await this.store.holds(id))) throw notFound
    const { kind, filename: name } = parseMetadata(metadata)
    const ownerId = metadata?.ownerId ?? ''
    try {
      const sha256 = await this.store.digest(id, bytes)
      const path = this.store.pathOf(id)
      const { assetId } = await this.judge({ ownerId, kind, name, path, bytes, sha256 })
      await this.store.finish(id, { assetId, ownerId, bytes })
      return accepted(assetId)
    } catch (error) {
      if (!(error instanceof MediaError)) throw error
      await this.store.remove(id)
      return { ...refusedFile(error), headers: { 'Content-Type': 'application/json' } }
    }
  }
}

/** Reads what a client says about its upload; throws an UploadRefusal that says what is missing. */
export function parseMetadata(metadata: Upload['metadata']): { kind: AssetKind; filename: string } {
  const parsed = uploadMetadata.safeParse(metadata ?? {})
  if (parsed.success) return parsed.data
  throw uploadRefusal(400, 'bad_metadata', 'Upload-Metadata needs a kind, which is speech or presenter.')
}

function accepted(assetId: string): FinishAnswer {
  return { status_code: 204, body: '', headers: { [ASSET_ID_HEADER]: assetId } }
}
