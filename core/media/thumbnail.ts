import { rm, stat } from 'node:fs/promises'
import ffmpeg from 'fluent-ffmpeg'
import { ffmpegPath } from '#core/media/binaries'
import { demuxerArgs, fileUrl } from '#core/media/input'
import type { MediaProbe } from '#core/media/probe'

const MAX_SIDE = 480

/**
 * Writes a JPEG of a video's picture at 10 % of its length, 1 s at most: upright, longest side 480 pixels,
 * never enlarged. Returns the path written, or null when nothing could be decoded.
 * Rejects only with the signal's reason.
 */
export async function makeThumbnail(
  source: string,
  probe: MediaProbe,
  target: string,
  options: { signal?: AbortSignal } = {},
): Promise<string | null> {
  if (!probe.video) return null
  const at = Math.min(1, probe.durationSeconds * 0.1)
  // The second try is for files whose seek finds nothing, e.g. one picture that lasts hours.
  for (const seconds of [at, 0]) {
    if (await grab(source, probe, target, seconds, options.signal)) return target
  }
  await rm(target, { force: true })
  return null
}

async function grab(
  source: string,
  probe: MediaProbe,
  target: string,
  seconds: number,
  signal?: AbortSignal,
) {
  signal?.throwIfAborted()
  const side = `min(${MAX_SIDE}\\,max(iw\\,ih))`
  const command = ffmpeg({ timeout: 30 })
    .setFfmpegPath(ffmpegPath())
    .input(fileUrl(source))
    .inputOptions('-nostdin', '-ss', seconds.toFixed(3), ...demuxerArgs(probe.demuxer))
    .outputOptions('-map', `0:${probe.video?.index}`, '-frames:v', '1', '-an', '-sn', '-dn')
    .outputOptions('-vf', `scale=w='if(gte(iw\\,ih)\\,${side}\\,-2)':h='if(gte(iw\\,ih)\\,-2\\,${side})'`)
    .outputOptions('-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', '4', '-f', 'mjpeg', '-y')
    .output(fileUrl(target))

  const onAbort = () => command.kill('SIGKILL')
  signal?.addEventListener('abort', onAbort, { once: true })
  const succeeded = await new Promise<boolean>((resolve) => {
    command.on('end', () => resolve(true)).on('error', () => resolve(false))
    command.run()
  })
  signal?.removeEventListener('abort', onAbort)
  signal?.throwIfAborted()
  return succeeded && (await sizeOf(target)) > 0
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
}
