import { rendering } from '#core/media/needs'
import { startFfmpeg } from '#worker/pipeline/child'
import { openChildPipe } from '#worker/pipeline/child-pipe'
import { pictureFilters, videoFilters } from '#worker/pipeline/video-filters'
import { frameBytes, type VideoPlan } from '#worker/pipeline/video-plan'

/** One picture of a video and the seconds of it that it stands for. */
export interface Sample {
  from: number
  to: number
  frame: Buffer
}

/** Most pictures that are looked at, whatever the length. */
const MAX_SAMPLES = 40
/** Up to here every picture is decoded; a longer video is known by its keyframes, which decode without the others. */
const SHORT_SECONDS = 8
/** A keyframe stands for no more than this; where they are rarer, the beginning is decoded instead. */
const MAX_GAP_SECONDS = 12
const BEGINNING_SECONDS = 20

/**
 * Pictures from all over a video, in the plan's size and colours, in order. Each is a copy. A long video with hardly any
 * keyframes gives those of its first seconds only.
 */
export async function sampleFrames(plan: VideoPlan, signal: AbortSignal): Promise<Sample[]> {
  const seconds = Math.max(0.2, plan.durationSeconds)
  if (plan.still || seconds <= SHORT_SECONDS) {
    return read(plan, { step: Math.min(0.5, seconds / 2), seconds, keyframes: false }, signal)
  }
  const step = Math.max(1, seconds / MAX_SAMPLES)
  const samples = await read(plan, { step, seconds, keyframes: true }, signal)
  const widest = Math.max(seconds / MAX_SAMPLES, ...samples.map(({ from, to }) => to - from))
  const covers = samples.length > 0 && (samples.at(-1)?.to ?? 0) >= seconds - MAX_GAP_SECONDS
  if (covers && widest <= Math.max(MAX_GAP_SECONDS, 2 * step)) return samples
  const beginning = Math.min(seconds, BEGINNING_SECONDS)
  return read(plan, { step: 1, seconds: beginning, keyframes: false }, signal)
}

async function read(
  plan: VideoPlan,
  { step, seconds, keyframes }: { step: number; seconds: number; keyframes: boolean },
  signal: AbortSignal,
): Promise<Sample[]> {
  const pipe = await openChildPipe(frameBytes(plan))
  const filters = plan.still
    ? videoFilters(plan, 'null')
    : [
        'setpts=PTS-STARTPTS',
        ...(plan.deinterlace ? ['yadif=deint=interlaced'] : []),
        `fps=1/${step}:round=down`,
        ...pictureFilters(plan),
      ]
  const args = [
    ...['-threads', '2', ...(keyframes ? ['-skip_frame', 'nokey'] : []), ...plan.inputArgs],
    ...['-map', `0:${plan.streamIndex}`, '-an', '-sn', '-dn', '-t', seconds.toFixed(3)],
    ...(plan.still ? ['-frames:v', '1'] : []),
    ...['-vf', filters.join(','), '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', plan.pixelFormat, 'pipe:1'],
  ]
  const child = startFfmpeg(args, ['ignore', pipe.childEnd, 'pipe'], rendering([plan.path]), signal)
  pipe.handedOver()
  const samples: Sample[] = []
  let index = 0
  try {
    for await (const frame of pipe.blocks()) {
      const [from, to] = [index * step, Math.min(seconds, (index + 1) * step)]
      index++
      const last = samples.at(-1)
      // Between two keyframes the rate filter repeats the first.
      if (last?.frame.equals(frame)) last.to = to
      else if (samples.length < 2 * MAX_SAMPLES) samples.push({ from, to, frame: Buffer.from(frame) })
    }
  } finally {
    await child.stop()
    pipe.close()
  }
  const last = samples.at(-1)
  if (last && seconds - last.to <= MAX_GAP_SECONDS) last.to = seconds
  return samples
}
