import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import type { Writable } from 'node:stream'
import { EngineError } from '../engines/engine.ts'
import { startFfmpeg } from './child.ts'
import { diskFull, isDiskFull } from './file-error.ts'
import { frameBytes, type VideoPlan } from './video-plan.ts'

export interface FrameWriter {
  /** Hands out a buffer to fill; there are three, so the warp of one overlaps with the pipe of another. */
  next(): Promise<Buffer>
  /** Sends a filled buffer on. The buffer belongs to the writer again. */
  write(frame: Buffer): void
  /** Waits until everything is encoded. Throws EngineError disk_full or engine_failed. */
  finish(): Promise<void>
  /** Kills the encoder; does nothing after `finish`. */
  stop(): Promise<void>
}

const BUFFERS = 3
/** Left to itself, x264 takes 1.5 a core and memory for each. */
const ENCODER_THREADS = Math.min(8, availableParallelism() + 1)

/** x264's preset and rate factor. */
const ENCODING: Record<VideoPlan['quality'], { preset: string; crf: number }> = {
  preview: { preset: 'superfast', crf: 23 },
  standard: { preset: 'veryfast', crf: 18 },
  high: { preset: 'medium', crf: 16 },
}

/** Encodes I420 frames to H.264 by the plan's quality, with the source's colour tags, into `outputPath`. */
export function openFrameWriter(plan: VideoPlan, outputPath: string, signal: AbortSignal): FrameWriter {
  const child = startFfmpeg(encodeArguments(plan, outputPath), ['pipe', 'ignore', 'pipe'], signal)
  const stdin = child.process.stdin as Writable
  // A dead encoder closes its pipe; `done` tells why.
  stdin.on('error', () => {})
  const free: Buffer[] = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafe(frameBytes(plan)))
  let ended = false
  let wake = () => {}
  void child.done
    .catch(() => {})
    .finally(() => {
      ended = true
      wake()
    })
  const check = async () => {
    const { exitCode, stderr } = await child.done
    if (exitCode === 0) return
    if (isDiskFull(stderr)) throw diskFull(stderr)
    throw new EngineError('engine_failed', `The video encoder stopped: ${stderr || `exit code ${exitCode}`}`)
  }
  return {
    async next() {
      while (free.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve))
      signal.throwIfAborted()
      if (ended) {
        await check()
        throw new EngineError('engine_failed', 'The video encoder ended before the video did.')
      }
      return free.pop() as Buffer
    },
    write(frame) {
      stdin.write(frame, () => {
        free.push(frame)
        wake()
      })
    },
    async finish() {
      stdin.end()
      if (!ended) await once(child.process, 'close').catch(() => {})
      await check()
    },
    stop: child.stop,
  }
}

function encodeArguments(plan: VideoPlan, outputPath: string): string[] {
  const { width, height, fps, pixelFormat, colour, sampleAspect } = plan
  const { preset, crf } = ENCODING[plan.quality]
  const tags = [
    ...(colour.space ? ['-colorspace', colour.space] : []),
    ...(colour.primaries ? ['-color_primaries', colour.primaries] : []),
    ...(colour.transfer ? ['-color_trc', colour.transfer] : []),
    ...(colour.range ? ['-color_range', colour.range] : []),
  ]
  return [
    ...['-y', '-f', 'rawvideo', '-pix_fmt', pixelFormat, '-s', `${width}x${height}`],
    ...['-r', `${fps.num}/${fps.den}`, '-i', 'pipe:0'],
    ...(sampleAspect ? ['-vf', `setsar=${sampleAspect.replace(':', '/')}`] : []),
    ...['-c:v', 'libx264', '-preset', preset, '-crf', String(crf), '-threads', String(ENCODER_THREADS)],
    ...['-pix_fmt', pixelFormat, ...tags],
    ...['-video_track_timescale', String(timescale(fps)), '-f', 'mp4', outputPath],
  ]
}

/** A track timescale in which every frame lasts a whole number of ticks. */
function timescale(fps: { num: number; den: number }): number {
  return fps.num < 10_000 ? fps.num * 1000 : fps.num
}
