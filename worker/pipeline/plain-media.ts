import { copyFile, link } from 'node:fs/promises'
import { isDiskFull } from '#core/errors'
import { fileUrl, inputArgs } from '#core/media/input'
import { type MediaNeeds, rendering } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { EngineError } from '#worker/engine-contract/engine'
import { startFfmpeg } from './child.ts'
import { diskFull, translateFileError } from './file-error.ts'
import { type InputRole, probeInput } from './probe-input.ts'
import { type FormatOptions, maxShortSide } from './video-plan.ts'

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
  const { demuxer, audio } = await probeInput(audioPath, 'speech', signal)
  if (!audio) {
    throw new EngineError('no_audio', 'The speech file has no sound in it.', { params: { role: 'speech' } })
  }
  const convert = ['-map', `0:${audio.index}`, '-vn', '-af', 'aresample=async=1:first_pts=0', '-ac', '1']
  const output = ['-ar', '16000', '-c:a', 'pcm_s16le', '-f', 'wav', fileUrl(wavPath)]
  await run(
    ['-y', '-max_error_rate', '1', ...inputArgs(demuxer, audioPath), ...convert, ...output],
    'speech',
    rendering([audioPath], [wavPath]),
    signal,
  )
}

/**
 * Puts a presenter video at `path` as what every other program reads: H.264 in mp4, 8-bit 4:2:0, upright, square
 * pixels, at the rate and size that the options ask for. A hard link where it is that already.
 *
 * @throws EngineError media_unreadable, unsupported_media or disk_full.
 */
export async function writePlainVideo(
  videoPath: string,
  path: string,
  { fps, size, quality }: FormatOptions,
  signal: AbortSignal,
): Promise<void> {
  const probe = await probeInput(videoPath, 'presenter', signal)
  const { video, demuxer } = probe
  if (!video) {
    const message = 'The presenter file has no video in it.'
    throw new EngineError('unsupported_media', message, { params: { role: 'presenter' } })
  }
  const limit = maxShortSide({ quality, size })
  const smaller = limit !== null && limit < Math.min(video.width, video.height)
  if (isPlain(probe) && fps === null && !smaller) return linkOrCopy(videoPath, path)
  const filters = [
    ...(fps === null ? [] : [`fps=${fps}`]),
    'scale=trunc(iw*sar/2)*2:trunc(ih/2)*2',
    ...(smaller ? [shortSide(limit)] : []),
    'setsar=1',
  ]
  const convert = ['-map', `0:${video.index}`, '-an', '-vf', filters.join(','), '-c:v', 'libx264']
  const output = ['-preset', 'veryfast', '-crf', '14', '-pix_fmt', 'yuv420p', '-f', 'mp4', fileUrl(path)]
  const needs = rendering([videoPath], [path])
  await run(['-y', ...inputArgs(demuxer, videoPath), ...convert, ...output], 'presenter', needs, signal)
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

/** The filter that scales a picture to a length of its short side. */
function shortSide(size: number): string {
  return `scale='if(gt(iw,ih),-2,${size})':'if(gt(iw,ih),${size},-2)'`
}

async function run(args: string[], role: InputRole, needs: MediaNeeds, signal: AbortSignal): Promise<void> {
  const child = startFfmpeg(args, ['ignore', 'ignore', 'pipe'], needs, signal)
  const { exitCode, stderr } = await child.done
  if (exitCode === 0) return
  if (isDiskFull(stderr)) throw diskFull(stderr)
  const detail = stderr.split('\n').at(-1) ?? ''
  const name = role === 'speech' ? 'speech' : 'presenter video'
  throw new EngineError('media_unreadable', `The ${name} can't be read. Export or upload it again.`, {
    params: { role, seconds: 0, detail },
  })
}
