import type { Readable } from 'node:stream'
import { EngineError } from '../engines/engine.ts'
import { type FfmpegChild, startFfmpeg } from './child.ts'
import { toNumber } from './frame-rate.ts'
import { frameBytes, type VideoPlan } from './video-plan.ts'

export interface FrameRange {
  /** First frame, counted from 0 at the result's frame rate. */
  from: number
  /** One past the last frame. */
  to: number
}

/**
 * Decodes the frames [from, to) of a presenter video as I420 at the plan's size and rate, one at a time.
 * The buffer is reused: copy what must outlive the next step. Decoding always starts at the beginning, so
 * that a frame is bit-identical whichever range it is read in. Stops ffmpeg when the reader stops early.
 * Ends early without an error when the file does: callers know how many frames they need.
 *
 * @throws EngineError media_unreadable where ffmpeg gives up on the file.
 */
export async function* readFrames(
  plan: VideoPlan,
  { from, to }: FrameRange,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  yield* decode(plan, `trim=start_frame=${from}:end_frame=${to}`, { from, count: to - from }, signal)
}

/** Like `readFrames`, for single frames of rising index. */
export async function* readPickedFrames(
  plan: VideoPlan,
  indexes: number[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const choice = `select='${indexes.map((index) => `eq(n,${index})`).join('+')}'`
  yield* decode(plan, choice, { from: indexes[0], count: indexes.length }, signal)
}

async function* decode(
  plan: VideoPlan,
  choice: string,
  { from, count }: { from: number; count: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const child = startFfmpeg(decodeArguments(plan, choice, count), ['ignore', 'pipe', 'pipe'], signal)
  let frames = 0
  try {
    for await (const frame of wholeFrames(child.process.stdout as Readable, frameBytes(plan))) {
      signal.throwIfAborted()
      frames++
      yield frame
    }
    await finishDecoding(child, plan, from + frames)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    await child.stop()
  }
}

/** More threads decode hardly faster and cost memory for frames in flight. */
const DECODER_THREADS = 4

/** The error of a presenter video that stops being readable after `seconds`. */
export function unreadableVideo(plan: VideoPlan, seconds: number, detail: string): EngineError {
  return new EngineError(
    'media_unreadable',
    `The presenter video is damaged: it could be read up to ${seconds.toFixed(2)} s of ${plan.durationSeconds.toFixed(2)} s. Export or upload it again.`,
    { params: { role: 'presenter', seconds: Number(seconds.toFixed(2)), detail } },
  )
}

async function finishDecoding(child: FfmpegChild, plan: VideoPlan, framesRead: number) {
  const { exitCode, stderr } = await child.done
  if (exitCode === 0) return
  throw unreadableVideo(plan, framesRead / toNumber(plan.fps), lastLine(stderr))
}

/** What ffmpeg complained about last, without paths of this machine. */
function lastLine(stderr: string): string {
  return (stderr.split('\n').at(-1) ?? '').replace(/file:\S+:?\s*/g, '').slice(0, 200)
}

/** `choice` is the filter that picks frames once they are at the result's rate. */
function decodeArguments(plan: VideoPlan, choice: string, count: number): string[] {
  const { width, height, scaledFrom, fps, pixelFormat } = plan
  const decoded = scaledFrom ?? plan
  const filters = [
    ...['setpts=PTS-STARTPTS', `fps=${fps.num}/${fps.den}`, choice, 'setpts=N'],
    ...[`crop=${decoded.width}:${decoded.height}:0:0`, `format=${pixelFormat}`],
    ...(scaledFrom ? [`scale=${width}:${height}:flags=area`] : []),
  ]
  return [
    ...['-threads', String(DECODER_THREADS)],
    ...plan.inputArgs,
    ...['-map', `0:${plan.streamIndex}`, '-an', '-sn', '-dn', '-frames:v', String(count)],
    ...['-vf', filters.join(','), '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', pixelFormat, 'pipe:1'],
  ]
}

/** Cuts a byte stream into frames, in one buffer that is filled again and again. */
async function* wholeFrames(stream: Readable, bytes: number): AsyncGenerator<Buffer> {
  const frame = Buffer.allocUnsafe(bytes)
  let filled = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let used = 0; used < chunk.length; ) {
      const count = Math.min(bytes - filled, chunk.length - used)
      chunk.copy(frame, filled, used, used + count)
      filled += count
      used += count
      if (filled === bytes) {
        filled = 0
        yield frame
      }
    }
  }
}
