import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { translateFileError } from './file-error.ts'
import { readFrames } from './frame-reader.ts'
import { distrustSeeking } from './seek-points.ts'
import { frameBytes, type VideoPlan } from './video-plan.ts'

export interface FrameStore {
  /** How many consecutive frames fit. */
  readonly capacity: number
  has(index: number): boolean
  /** Empties the store; the frames put next start at `first`. */
  restart(first: number): void
  /** Appends the frame that follows the last one. */
  put(frame: Buffer): Promise<void>
  /** As `put`, where there is room. */
  offer(frame: Buffer): Promise<void>
  /** Decodes the frames [first, end) into the store; `next` is frame `end` where it is known, to check them by. */
  load(first: number, end: number, next: Buffer | null, signal: AbortSignal): Promise<void>
  /** Reads a frame into a buffer, and gives that. */
  read(index: number, into: Buffer): Promise<Buffer>
  close(): Promise<void>
}

/** Raw frames that are kept on disk at once. */
const BUDGET_BYTES = 1_000_000_000

/**
 * A window of raw frames in one scratch file of at most `budgetBytes`, read at any position: what lets a clip of
 * any length be played backwards in bounded memory.
 */
export async function openFrameStore(
  plan: VideoPlan,
  scratchDir: string,
  budgetBytes = BUDGET_BYTES,
): Promise<FrameStore> {
  const bytes = frameBytes(plan)
  const file: FileHandle = await open(join(scratchDir, 'window.yuv'), 'w+').catch(translateFileError)
  let first = 0
  let count = 0
  const store: FrameStore = {
    capacity: Math.max(2, Math.floor(budgetBytes / bytes)),
    has: (index) => index >= first && index < first + count,
    restart(index) {
      first = index
      count = 0
    },
    async put(source) {
      await writeFully(file, source, count * bytes)
      count++
    },
    async offer(source) {
      if (count < store.capacity) await store.put(source)
    },
    async load(from, end, next, signal) {
      for (;;) {
        let same = true
        store.restart(from)
        for await (const decoded of readFrames(plan, { from, to: next ? end + 1 : end }, signal)) {
          if (count < end - from) await store.put(decoded)
          else same = next === null || decoded.equals(next)
        }
        if (same && count === end - from) return
        if (!(await distrustSeeking(plan))) return
      }
    },
    async read(index, into) {
      await file.read(into, 0, bytes, (index - first) * bytes)
      return into
    },
    close: () => file.close(),
  }
  return store
}

async function writeFully(file: FileHandle, source: Buffer, position: number): Promise<void> {
  for (let done = 0; done < source.length; ) {
    const { bytesWritten } = await file
      .write(source, done, source.length - done, position + done)
      .catch(translateFileError)
    done += bytesWritten
  }
}
