import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { isDiskFull } from '#core/errors'
import { fileUrl } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { EngineError } from '#worker/engine-contract/engine'
import { startFfmpeg } from './child.ts'
import { diskFull } from './file-error.ts'
import type { VideoPlan } from './video-plan.ts'

export interface Encoder {
  /** Resolves when the encoder has taken the frame, whose buffer may then be filled again. */
  write(frame: Buffer): Promise<void>
  /** Resolves when everything is encoded and in the file. Throws EngineError disk_full or engine_failed. */
  finish(): Promise<void>
  /** Kills the encoder; does nothing after `finish`. */
  stop(): Promise<void>
}

/** Encodes I420 frames to a silent H.264 mp4 by the plan's quality, with the source's colour tags. */
export function openEncoder(plan: VideoPlan, outputPath: string, signal: AbortSignal): Encoder {
  const args = [...encoderInput(plan), ...encoding(plan), '-f', 'mp4', fileUrl(outputPath)]
  const child = startFfmpeg(['-y', ...args], ['pipe', 'ignore', 'pipe'], rendering([], [outputPath]), signal)
  const stdin = child.process.stdin as Writable
  // A dead encoder closes its pipe; `done` tells why.
  stdin.on('error', () => {})
  let ended = false
  const closed = once(child.process, 'close')
    .catch(() => {})
    .then(() => {
      ended = true
    })
  const check = async () => {
    const { exitCode, stderr } = await child.done
    if (exitCode === 0) return
    if (isDiskFull(stderr)) throw diskFull(stderr)
    throw new EngineError('engine_failed', `The video encoder stopped: ${stderr || `exit code ${exitCode}`}`)
  }
  return {
    async write(frame) {
      if (!ended)
        await Promise.race([new Promise<void>((taken) => stdin.write(frame, () => taken())), closed])
      if (!ended && stdin.errored) await closed
      if (!ended) return
      await check()
      throw new EngineError('engine_failed', 'The video encoder ended before the video did.')
    },
    async finish() {
      stdin.end()
      await closed
      await check()
    },
    stop: child.stop,
  }
}

/** x264's preset, rate factor, and how many frames it looks ahead: each of them costs memory. */
const ENCODING: Record<VideoPlan['quality'], { preset: string; crf: number; lookahead: number }> = {
  preview: { preset: 'superfast', crf: 23, lookahead: 0 },
  standard: { preset: 'veryfast', crf: 18, lookahead: 8 },
  high: { preset: 'medium', crf: 16, lookahead: 20 },
}

/** Pixels from which a picture is worth more threads, and the memory that they take. */
const LARGE_PICTURE = 2_500_000

/**
 * What makes the encoded picture what it is. It depends on the plan alone and never on the machine, so that segments
 * of different workers fit together.
 */
export function encoding(plan: VideoPlan): string[] {
  const { fps, pixelFormat, colour, sampleAspect } = plan
  const { preset, crf, lookahead } = ENCODING[plan.quality]
  const threads = plan.width * plan.height >= LARGE_PICTURE ? 4 : 2
  const tags = [
    ...(colour.space ? ['-colorspace', colour.space] : []),
    ...(colour.primaries ? ['-color_primaries', colour.primaries] : []),
    ...(colour.transfer ? ['-color_trc', colour.transfer] : []),
    ...(colour.range ? ['-color_range', colour.range] : []),
  ]
  return [
    ...(sampleAspect ? ['-vf', `setsar=${sampleAspect.replace(':', '/')}`] : []),
    ...['-c:v', 'libx264', '-preset', preset, '-crf', String(crf), '-threads', String(threads)],
    ...['-x264-params', `sync-lookahead=0:rc-lookahead=${lookahead}`],
    ...['-pix_fmt', pixelFormat, ...tags, '-video_track_timescale', String(timescale(fps))],
  ]
}

function encoderInput({ width, height, fps, pixelFormat }: VideoPlan): string[] {
  const size = ['-s', `${width}x${height}`, '-r', `${fps.num}/${fps.den}`]
  return ['-f', 'rawvideo', '-pix_fmt', pixelFormat, ...size, '-i', 'pipe:0']
}

/** A track timescale in which every frame lasts a whole number of ticks. */
export function timescale(fps: { num: number; den: number }): number {
  return fps.num < 10_000 ? fps.num * 1000 : fps.num
}
