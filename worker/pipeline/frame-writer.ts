import { rm } from 'node:fs/promises'
import type { Checkpoint } from './checkpoint.ts'
import { type Encoder, openEncoder } from './encoder.ts'
import { frameBytes, type VideoPlan } from './video-plan.ts'

export interface FrameWriter {
  /** Hands out a buffer to fill; there are three, so the warp of one overlaps with the pipe of another. */
  next(): Promise<Buffer>
  /** Sends a filled buffer on. The buffer belongs to the writer again. */
  write(frame: Buffer): void
  /** Waits until everything is encoded and every segment closed. */
  finish(): Promise<void>
  /** Kills the encoder and drops the open segment; does nothing after `finish`. */
  stop(): Promise<void>
}

const BUFFERS = 3

/**
 * Encodes the frames from the checkpoint's end to the result's into segments, each by an encoder of its own, so that
 * a segment comes out the same whether or not the ones before it were rendered in the same go. An encoder starts
 * while the one before finishes, and gets frames once that has gone: two at work would double the memory.
 * `onClosed` is called for each segment once it is durable; what it throws ends the render.
 */
export function openFrameWriter(
  plan: VideoPlan,
  checkpoint: Checkpoint,
  signal: AbortSignal,
  onClosed: () => void | Promise<void> = () => {},
): FrameWriter {
  const free: Buffer[] = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafe(frameBytes(plan)))
  const running = new Set<Encoder>()
  const temporaries = new Set<string>()
  let failure: unknown = null
  let wake = () => {}
  let open: OpenSegment | null = null
  let written = checkpoint.framesDone
  // Two queues: frames through the encoders, and closed segments to the disk.
  let encoding = Promise.resolve()
  let closing = Promise.resolve()
  const fail = (error: unknown) => {
    failure ??= error
    wake()
  }

  const start = (): OpenSegment => {
    const path = checkpoint.temporaryPath()
    const encoder = openEncoder(plan, path, signal)
    running.add(encoder)
    temporaries.add(path)
    return { path, encoder, from: written, end: checkpoint.segmentEnd(written) }
  }
  const end = ({ encoder, path, from }: OpenSegment) => {
    const frames = written - from
    encoding = encoding.then(() => encoder.finish()).then(() => void running.delete(encoder))
    const encoded = encoding
    encoded.catch(fail)
    closing = closing.then(async () => {
      await encoded
      await checkpoint.commit(path, frames)
      temporaries.delete(path)
      await onClosed()
    })
    closing.catch(fail)
  }
  return {
    async next() {
      while (free.length === 0 && failure === null) await new Promise<void>((resolve) => (wake = resolve))
      signal.throwIfAborted()
      if (failure !== null) throw failure
      return free.pop() as Buffer
    },
    write(frame) {
      open ??= start()
      const { encoder } = open
      encoding = encoding.then(() => encoder.write(frame))
      encoding.then(() => {
        free.push(frame)
        wake()
      }, fail)
      if (++written < open.end) return
      end(open)
      open = written < checkpoint.frames ? start() : null
    },
    async finish() {
      if (open) end(open)
      open = null
      await closing
    },
    async stop() {
      await Promise.all([...running].map((encoder) => encoder.stop()))
      await closing.catch(() => {})
      await Promise.all([...temporaries].map((path) => rm(path, { force: true })))
    },
  }
}

interface OpenSegment {
  path: string
  encoder: Encoder
  from: number
  end: number
}
