import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { fileUrl, inputArgs } from '#core/media/input'
import { rendering } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { mendingFilters } from '#core/media/sound'
import { startFfmpeg } from '#worker/pipeline/child'
import { pictureFilters, videoFilters } from '#worker/pipeline/video-filters'
import { planVideo, type VideoPlan } from '#worker/pipeline/video-plan'

const POSTER_SIDE = 480

/** Writes a picture of a plan's size as a JPEG of at most 480 pixels a side. False where that failed. */
export async function writePoster(frame: Buffer, plan: VideoPlan, path: string, signal: AbortSignal) {
  const { width, height, pixelFormat, sampleAspect } = plan
  const side = Math.min(POSTER_SIDE, Math.max(width, height))
  const scale = width >= height ? `${side}:-2` : `-2:${side}`
  const square = sampleAspect ? [`scale=iw*${sampleAspect.replace(':', '/')}:ih`] : []
  const input = ['-f', 'rawvideo', '-pix_fmt', pixelFormat, '-s', `${width}x${height}`, '-i', 'pipe:0']
  const filters = [...square, `scale=${scale}`].join(',')
  const output = ['-frames:v', '1', '-vf', filters, '-pix_fmt', 'yuvj420p', '-q:v', '4', '-f', 'mjpeg']
  const args = ['-y', ...input, ...output, fileUrl(path)]
  const child = startFfmpeg(args, ['pipe', 'ignore', 'pipe'], rendering([], [path]), signal)
  const stdin = child.process.stdin as Writable
  stdin.on('error', () => {})
  stdin.end(frame)
  await once(stdin, 'close').catch(() => {})
  return (await child.done).exitCode === 0
}

/** Pictures of the sprite, side by side. */
export const SPRITE_PICTURES = 20
const SPRITE_HEIGHT = 90

/** Writes pictures from all over a video side by side, for scrubbing. False where that failed. */
export async function writeSprite(plan: VideoPlan, path: string, signal: AbortSignal): Promise<boolean> {
  const rate = SPRITE_PICTURES / Math.max(1, plan.durationSeconds)
  // Keyframes stand in for the rest, save in a clip that may have only one.
  const keyframes = plan.durationSeconds > 20 ? ['-skip_frame', 'nokey'] : []
  const last = `tpad=stop_mode=clone:stop=${SPRITE_PICTURES}`
  const tile = [`scale=-2:${SPRITE_HEIGHT}`, last, `tile=${SPRITE_PICTURES}x1`]
  const filters = [
    'setpts=PTS-STARTPTS',
    `fps=${rate.toFixed(4)}:round=down`,
    ...pictureFilters(plan),
    ...tile,
  ]
  const picture = ['-frames:v', '1', '-pix_fmt', 'yuvj420p', '-q:v', '5', '-f', 'mjpeg', fileUrl(path)]
  const source = [...keyframes, ...plan.inputArgs, '-map', `0:${plan.streamIndex}`, '-an']
  return ran(
    ['-y', '-threads', '1', ...source, '-vf', filters.join(','), ...picture],
    plan.path,
    path,
    signal,
  )
}

/** Whether every browser plays a file as it is. */
export function isPlayable(probe: MediaProbe, kind: 'speech' | 'presenter'): boolean {
  const { container, video, audio } = probe
  if (kind === 'speech') {
    if (video) return false
    const plainWav = container === 'wav' && /^pcm_(u8|s16le|s24le|s32le|f32le)$/.test(audio?.codec ?? '')
    const isAac = ['m4a', 'mp4', 'aac'].includes(container) && audio?.codec === 'aac'
    return plainWav || isAac || container === 'mp3' || container === 'flac' || isWebSound(probe)
  }
  if (!video) return false
  const ordinary = /^yuvj?420p$/.test(video.pixelFormat)
  const mp4 = container === 'mp4' && video.codec === 'h264'
  const webm = container === 'webm' && ['vp8', 'vp9', 'av1'].includes(video.codec)
  return ordinary && (mp4 || webm)
}

const isWebSound = ({ container, audio }: MediaProbe): boolean =>
  ['ogg', 'webm'].includes(container) && ['opus', 'vorbis'].includes(audio?.codec ?? '')

/** Lines of a preview, and its rate at most. */
const PREVIEW_LINES = 720

/** Writes what every browser plays: H.264 and AAC that begin to play while they load. False where that failed. */
export async function writeVideoPreview(
  source: string,
  probe: MediaProbe,
  path: string,
  signal: AbortSignal,
) {
  const plan = await planVideo(source, signal, {
    ...{ fps: null, size: PREVIEW_LINES, quality: 'standard', square: true },
  })
  const filters = [...videoFilters(plan, 'null'), 'scale=out_range=tv', 'format=yuv420p', 'setsar=1']
  const rate = `${plan.fps.num}/${plan.fps.den}`
  const settled = `${filters.join(',')},settb=${plan.fps.den}/${plan.fps.num}`
  const picture = ['-map', `0:${plan.streamIndex}`, '-vf', settled, '-r', rate]
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '26', '-threads', '1']
  const sound = probe.audio ? ['-map', `0:${probe.audio.index}`, ...AAC] : ['-an']
  const args = ['-y', ...plan.inputArgs, ...picture, ...codec, ...sound, '-sn', '-dn', ...FAST_START]
  return ran([...args, fileUrl(path)], source, path, signal)
}

/** Writes the sound that counts, mended, as AAC. False where that failed. */
export async function writeSoundPreview(
  source: string,
  probe: MediaProbe,
  path: string,
  signal: AbortSignal,
) {
  const filters = ['aresample=async=1:first_pts=0', ...(await mendingFilters(source, probe, signal))]
  const map = ['-map', `0:${probe.audio?.index}`, '-vn', '-sn', '-dn', '-af', filters.join(',')]
  const args = ['-y', ...inputArgs(probe.demuxer, source), ...map, ...AAC, ...FAST_START, fileUrl(path)]
  return ran(args, source, path, signal)
}

const AAC = ['-c:a', 'aac', '-b:a', '128k', '-ac', '2']
const FAST_START = ['-movflags', '+faststart', '-f', 'mp4']

async function ran(args: string[], source: string, path: string, signal: AbortSignal): Promise<boolean> {
  const child = startFfmpeg(args, ['ignore', 'ignore', 'pipe'], rendering([source], [path]), signal)
  return (await child.done).exitCode === 0
}
