import { copyFile, link } from 'node:fs/promises'
import { isDiskFull } from '#core/errors'
import { fileUrl, inputArgs } from '#core/media/input'
import { type MediaNeeds, rendering } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { mendingFilters } from '#core/media/sound'
import { EngineError } from '#worker/engine-contract/engine'
import { startFfmpeg } from './child.ts'
import { diskFull, translateFileError } from './file-error.ts'
import { type Rational, toNumber } from './frame-rate.ts'
import { refuseLargePicture } from './picture-size.ts'
import { type InputRole, probeInput } from './probe-input.ts'
import { videoFilters } from './video-filters.ts'
import { type FormatOptions, planVideo } from './video-plan.ts'

/**
 * Writes a speech as what every other program reads: 16-bit mono wav at 16 kHz, gaps filled with silence.
 *
 * @throws EngineError no_audio, media_unreadable or disk_full.
 */
export async function writePlainSpeech(
  audioPath: string,
  wavPath: string,
  signal: AbortSignal,
): Promise<void> {
  const probe = await probeInput(audioPath, 'speech', signal)
  const { demuxer, audio } = probe
  if (!audio) {
    throw new EngineError('no_audio', 'The speech file has no sound in it.', { params: { role: 'speech' } })
  }
  const filters = ['aresample=async=1:first_pts=0', ...(await mendingFilters(audioPath, probe, signal))]
  const convert = ['-map', `0:${audio.index}`, '-vn', '-af', filters.join(','), '-ac', '1']
  const output = ['-ar', '16000', '-c:a', 'pcm_s16le', '-f', 'wav', fileUrl(wavPath)]
  await run(
    ['-y', '-max_error_rate', '1', ...inputArgs(demuxer, audioPath), ...convert, ...output],
    'speech',
    rendering([audioPath], [wavPath]),
    signal,
  )
}

/**
 * Puts a presenter video at `path` as what every other program reads: H.264 in mp4, 8-bit 4:2:0 of the ordinary range,
 * upright, square pixels, without fields, of a constant rate from its first frame on, at the rate and size that the
 * options ask for. A photo becomes a video of `seconds`. A hard link where it is all that already.
 *
 * @throws EngineError media_unreadable, unsupported_media or disk_full.
 */
export async function writePlainVideo(
  videoPath: string,
  path: string,
  options: FormatOptions,
  signal: AbortSignal,
  seconds?: number,
): Promise<void> {
  const probe = await probeInput(videoPath, 'presenter', signal)
  const planned = await planVideo(videoPath, signal, { ...options, square: true })
  const { fps, scaledFrom, conversion, still } = planned
  const isSame = isPlain(probe) && !scaledFrom && !conversion && options.fps === null
  if (isSame && isConstant(probe, fps)) return linkOrCopy(videoPath, path)
  const plan = still && seconds ? { ...planned, durationSeconds: seconds } : planned
  const filters = [...videoFilters(plan, 'null'), 'scale=out_range=tv', 'format=yuv420p', 'setsar=1']
  const rate = `${fps.num}/${fps.den}`
  const convert = [
    '-map',
    `0:${plan.streamIndex}`,
    '-an',
    '-vf',
    `${filters.join(',')},settb=${fps.den}/${fps.num}`,
  ]
  const output = [
    '-r',
    rate,
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-crf',
    '14',
    '-f',
    'mp4',
    fileUrl(path),
  ]
  const needs = rendering([videoPath], [path])
  await run(['-y', ...plan.inputArgs, ...convert, ...output], 'presenter', needs, signal)
}

/** Whether each frame of a file follows the one before at the result's rate, from the file's beginning. */
function isConstant({ video }: MediaProbe, fps: Rational): boolean {
  if (!video || video.interlaced || video.still) return false
  const rates = [video.fpsNum / video.fpsDen, video.nominalFps]
  const late = video.startSeconds * toNumber(fps) > 0.5
  return !late && rates.every((rate) => Math.abs(rate / toNumber(fps) - 1) < 1e-3)
}

/** A hard link where both lie on one disk, else a copy. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to).catch(translateFileError))
}

/** Whether a file's picture is one that every program and browser reads as it is meant. */
export function isPlain({ container, video }: MediaProbe): boolean {
  if (!video) return false
  const upright = video.rotation === 0 && !video.mirrored && video.sampleAspectRatio === '1:1'
  return container === 'mp4' && video.codec === 'h264' && video.pixelFormat === 'yuv420p' && upright
}

async function run(args: string[], role: InputRole, needs: MediaNeeds, signal: AbortSignal): Promise<void> {
  const child = startFfmpeg(args, ['ignore', 'ignore', 'pipe'], needs, signal)
  const { exitCode, stderr } = await child.done
  if (role === 'presenter') refuseLargePicture(stderr)
  if (exitCode === 0) return
  if (isDiskFull(stderr)) throw diskFull(stderr)
  const detail = stderr.split('\n').at(-1) ?? ''
  const name = role === 'speech' ? 'speech' : 'presenter video'
  throw new EngineError('media_unreadable', `The ${name} can't be read. Export or upload it again.`, {
    params: { role, seconds: 0, detail },
  })
}
