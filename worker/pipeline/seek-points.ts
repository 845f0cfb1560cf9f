import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import { NAME_SUBTITLES } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import { toNumber } from './frame-rate.ts'
import type { VideoPlan } from './video-plan.ts'

/** A place to start decoding from which on frames come out as if it had started at the beginning. */
export interface SeekPoint {
  /** Time of a keyframe as stored in the file, in seconds, for ffmpeg's -ss with -seek_timestamp. */
  seconds: number
  /** Timestamp of the video's first frame, in the stream's own units. */
  firstPts: number
}

/**
 * The keyframe before the one that comes before frame `index`: what follows a keyframe may still lean on what was
 * before it, and has stopped doing so a whole group of pictures later. Null where decoding has to start at the
 * beginning: the index is early, the container has no exact timestamps, or seeking in it has proved wrong.
 */
export async function seekPoint(
  plan: VideoPlan,
  index: number,
  signal: AbortSignal,
): Promise<SeekPoint | null> {
  if (!SEEKABLE.has(plan.demuxer) || index < MIN_SECONDS * toNumber(plan.fps)) return null
  const timeline = await timelineOf(plan, signal)
  if (!timeline) return null
  const { keyframes, firstSeconds, firstPts } = timeline
  const wanted = firstSeconds + (index - 1) / toNumber(plan.fps) - MIN_RUN_UP_SECONDS
  const before = keyframes.filter((seconds) => seconds < wanted)
  const seconds = before.at(-2)
  return seconds === undefined || seconds <= firstSeconds ? null : { seconds, firstPts }
}

/**
 * Decodes from the beginning from now on: frames of this video came out otherwise after a seek. False where it was
 * decoded from the beginning anyway.
 */
export async function distrustSeeking(plan: VideoPlan): Promise<boolean> {
  const sought = (await timelines.get(plan)) ?? null
  timelines.set(plan, Promise.resolve(null))
  return sought !== null
}

/** Groups of pictures may be as short as one. */
const MIN_RUN_UP_SECONDS = 1
/** Versions of ffmpeg disagree on whether a seek counts from a late start; less than the run-up makes no difference. */
const MAX_START_SECONDS = 0.5

/** Containers that hold an exact time for every frame, and find keyframes by it. */
const SEEKABLE = new Set<string>(['mov', 'matroska'])
/** Decoding from the beginning up to here costs less than looking for keyframes. */
const MIN_SECONDS = 10

interface Timeline {
  firstPts: number
  firstSeconds: number
  /** Times of the keyframes in seconds, rising. */
  keyframes: number[]
}

const timelines = new WeakMap<VideoPlan, Promise<Timeline | null>>()

function timelineOf(plan: VideoPlan, signal: AbortSignal): Promise<Timeline | null> {
  const known = timelines.get(plan)
  if (known) return known
  const reading = readTimeline(plan, signal).catch(() => {
    signal.throwIfAborted()
    return null
  })
  timelines.set(plan, reading)
  reading.catch(() => timelines.delete(plan))
  return reading
}

async function readTimeline(plan: VideoPlan, signal: AbortSignal): Promise<Timeline | null> {
  const first = await firstFrame(plan, signal)
  if (!first || first.firstSeconds > MAX_START_SECONDS) return null
  const keyframes: number[] = []
  let rest = ''
  const entries = ['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0']
  await runMedia(
    ffprobePath(),
    [
      '-v',
      'error',
      '-select_streams',
      String(plan.streamIndex),
      ...entries,
      ...plan.inputArgs,
      ...NAME_SUBTITLES,
    ],
    rendering([plan.path]),
    {
      signal,
      timeoutMs: 120_000,
      onStdout(chunk) {
        const lines = (rest + chunk.toString('latin1')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const [time, flags] = line.split(',')
          if (flags?.startsWith('K') && Number.isFinite(Number(time))) keyframes.push(Number(time))
        }
      },
    },
  )
  return { ...first, keyframes: keyframes.sort((a, b) => a - b) }
}

/** The stored time of the first frame that ffmpeg shows, which is not always that of the first packet. */
async function firstFrame(plan: VideoPlan, signal: AbortSignal) {
  const select = [
    '-map',
    `0:${plan.streamIndex}`,
    '-an',
    '-frames:v',
    '1',
    '-vsync',
    '0',
    '-enc_time_base',
    '-1',
  ]
  const args = ['-nostdin', '-v', 'error', '-copyts', '-threads', '1', ...plan.inputArgs, ...select]
  const output = ['-c:v', 'rawvideo', '-f', 'framecrc', '-']
  const needs = rendering([plan.path])
  const { stdout } = await runMedia(ffmpegPath(), [...args, ...output], needs, { signal })
  const text = stdout.toString('latin1')
  const units = /^#tb 0: (\d+)\/(\d+)/m.exec(text)
  const pts = /^0, *-?\d+, *(-?\d+)/m.exec(text)
  if (!units || !pts) return null
  const firstPts = Number(pts[1])
  return { firstPts, firstSeconds: (firstPts * Number(units[1])) / Number(units[2]) }
}
