import { rendering } from '#core/media/needs'
import { EngineError } from '#worker/engine-contract/engine'
import { type FfmpegChild, startFfmpeg } from './child.ts'
import { type Exchange, openChildPipe } from './child-pipe.ts'
import { toNumber } from './frame-rate.ts'
import { refuseLargePicture } from './picture-size.ts'
import { type SeekPoint, seekPoint } from './seek-points.ts'
import { videoFilters } from './video-filters.ts'
import { frameBytes, type VideoPlan } from './video-plan.ts'

export interface FrameRange {
  /** First frame, counted from 0 at the result's frame rate. */
  from: number
  /** One past the last frame. */
  to: number
}

/**
 * Decodes the frames [from, to) of a presenter video as I420 at the plan's size and rate, one at a time.
 * The buffer is reused: copy what must outlive the next step, or give another one in exchange. A frame is bit-identical
 * whichever range it is read in, although decoding starts at a keyframe well before a late range. ffmpeg is stopped when
 * the reader stops early. The frames end early without an error when the file does: callers know how many they need.
 *
 * @throws EngineError media_unreadable where ffmpeg gives up on the file, too_many_pixels where its picture grows.
 */
export async function* readFrames(
  plan: VideoPlan,
  { from, to }: FrameRange,
  signal: AbortSignal,
  exchange?: Exchange,
): AsyncGenerator<Buffer> {
  const seek = await seekPoint(plan, from, signal)
  // After the fps filter, a frame's timestamp is its index.
  yield* decode(
    plan,
    `trim=start_pts=${from}:end_pts=${to}`,
    { from, count: to - from, seek },
    signal,
    exchange,
  )
}

/** Like `readFrames`, for single frames of rising index. */
export async function* readPickedFrames(
  plan: VideoPlan,
  indexes: number[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const choice = `select='${indexes.map((index) => `eq(n,${index})`).join('+')}'`
  yield* decode(plan, choice, { from: indexes[0], count: indexes.length, seek: null }, signal)
}

async function* decode(
  plan: VideoPlan,
  choice: string,
  { from, count, seek }: { from: number; count: number; seek: SeekPoint | null },
  signal: AbortSignal,
  exchange?: Exchange,
): AsyncGenerator<Buffer> {
  const pipe = await openChildPipe(frameBytes(plan))
  let child: FfmpegChild | null = null
  let frames = 0
  try {
    const args = decodeArguments(plan, choice, count, seek)
    child = startFfmpeg(args, ['ignore', pipe.childEnd, 'pipe'], rendering([plan.path]), signal)
    pipe.handedOver()
    for await (const frame of pipe.blocks(exchange)) {
      signal.throwIfAborted()
      frames++
      yield frame
    }
    await finishDecoding(child, plan, from + frames)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    await child?.stop()
    pipe.close()
  }
}

/** More threads decode no faster than frames are used, and cost memory for frames in flight. */
const DECODER_THREADS = 2

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
  refuseLargePicture(stderr)
  if (exitCode === 0) return
  throw unreadableVideo(plan, framesRead / toNumber(plan.fps), lastLine(stderr))
}

/** What ffmpeg complained about last, without paths of this machine. */
function lastLine(stderr: string): string {
  return (stderr.split('\n').at(-1) ?? '').replace(/file:\S+:?\s*/g, '').slice(0, 200)
}

/** `choice` is the filter that picks frames once they are at the result's rate. */
function decodeArguments(plan: VideoPlan, choice: string, count: number, seek: SeekPoint | null): string[] {
  const { pixelFormat } = plan
  const filters = videoFilters(plan, choice, seek?.firstPts ?? null)
  const start = [
    '-copyts',
    '-noaccurate_seek',
    '-seek_timestamp',
    '1',
    '-ss',
    seek?.seconds.toFixed(6) ?? '0',
  ]
  return [
    ...['-threads', String(DECODER_THREADS)],
    ...(seek ? start : []),
    ...plan.inputArgs,
    ...['-map', `0:${plan.streamIndex}`, '-an', '-sn', '-dn', '-frames:v', String(count)],
    ...['-vf', filters.join(','), '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', pixelFormat, 'pipe:1'],
  ]
}
