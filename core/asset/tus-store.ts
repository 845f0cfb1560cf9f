import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { FileStore } from '@tus/file-store'
import { ERRORS, Upload } from '@tus/server'
import { z } from 'zod'

type Hashed = { hash: Hash; bytes: number }

/** What is left of a finished upload once its file has moved on, so that a client that lost the answer can ask again. */
export type FinishedUpload = { assetId: string; ownerId: string; bytes: number }

const finishedUpload = z.object({ assetId: z.string(), ownerId: z.string(), bytes: z.number() })

/** More running hashes than this are not kept; the oldest is taken up again from its file when needed. */
const MAX_HASHES = 200

/**
 * tus's store of partial files in a folder that also computes each file's SHA-256 while it arrives.
 * A hash lost in a restart, or out of step with its file, is taken up again from the file.
 */
export class HashingFileStore extends FileStore {
  private readonly hashes = new Map<string, Hashed>()

  private readonly onEnded: (id: string) => Promise<void>

  /** `onEnded` is told of each upload that is finished or forgotten. */
  constructor(directory: string, onEnded: (id: string) => Promise<void> = async () => {}) {
    super({ directory })
    this.onEnded = onEnded
  }

  /** Appends a request's body at `offset`. Returns the new offset; what arrived before a failure stays. */
  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    if (await this.finished(id)) {
      readable.resume()
      return offset
    }
    const hashed = await this.hashUpTo(id, offset)
    const file = await open(this.pathOf(id), 'r+')
    try {
      for await (const chunk of readable) {
        await writeFully(file, chunk, hashed.bytes)
        hashed.hash.update(chunk)
        hashed.bytes += chunk.length
      }
      return hashed.bytes
    } finally {
      await file.close()
    }
  }

  /** The SHA-256, in hex, of the first `bytes` bytes of an upload. */
  async digest(id: string, bytes: number): Promise<string> {
    const { hash } = await this.hashUpTo(id, bytes)
    return hash.copy().digest('hex')
  }

  /** The partial file of an upload. */
  pathOf(id: string): string {
    return path.join(this.directory, id)
  }

  /** True while an upload's file is here. */
  async holds(id: string): Promise<boolean> {
    return stat(this.pathOf(id)).then(
      (stats) => stats.isFile(),
      () => false,
    )
  }

  /** A finished upload is wholly received even though its file is gone. */
  override async getUpload(id: string): Promise<Upload> {
    const finished = await this.finished(id)
    if (!finished) return super.getUpload(id)
    const { bytes, ownerId } = finished
    return new Upload({ id, size: bytes, offset: bytes, metadata: { ownerId } })
  }

  /** Forgets an upload: its file, its record and its hash. Nothing happens when there is none. */
  override async remove(id: string): Promise<void> {
    this.hashes.delete(id)
    await rm(this.pathOf(id), { force: true })
    await rm(this.recordOf(id), { force: true })
    await rm(this.finishedRecordOf(id), { force: true })
    await this.onEnded(id)
  }

  /** What became of an upload; undefined while it is under way or when there is none. */
  async finished(id: string): Promise<FinishedUpload | undefined> {
    const text = await readFile(this.finishedRecordOf(id), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : finishedUpload.parse(JSON.parse(text))
  }

  /** Records what became of an upload, whole or not at all, and removes its file. */
  async finish(id: string, outcome: FinishedUpload): Promise<void> {
    const partial = `${this.finishedRecordOf(id)}.partial`
    await writeFile(partial, JSON.stringify(outcome))
    await rename(partial, this.finishedRecordOf(id))
    this.hashes.delete(id)
    await rm(this.pathOf(id), { force: true })
    await rm(this.recordOf(id), { force: true })
    await this.onEnded(id)
  }

  private recordOf(id: string): string {
    return `${this.pathOf(id)}.json`
  }

  private finishedRecordOf(id: string): string {
    return `${this.pathOf(id)}.finished`
  }

  private async hashUpTo(id: string, bytes: number): Promise<Hashed> {
    const known = this.hashes.get(id)
    if (known?.bytes === bytes) return known
    const hashed = { hash: createHash('sha256'), bytes }
    if (bytes > 0) {
      for await (const chunk of createReadStream(this.pathOf(id), { end: bytes - 1 }))
        hashed.hash.update(chunk)
    }
    this.hashes.delete(id)
    this.hashes.set(id, hashed)
    if (this.hashes.size > MAX_HASHES) this.hashes.delete(this.hashes.keys().next().value as string)
    return hashed
  }
}

async function writeFully(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < chunk.length) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written)
    if (bytesWritten === 0) throw ERRORS.FILE_WRITE_ERROR
    written += bytesWritten
  }
}
