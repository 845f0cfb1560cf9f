import { rm, stat } from 'node:fs/promises'
import { ffmpegPath } from '#core/media/binaries'
import { fileUrl, inputArgs } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { ProcessError, runMedia } from '#core/media/process'

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
  const side = `min(${MAX_SIDE}\\,max(iw\\,ih))`
  const scale = `scale=w='if(gte(iw\\,ih)\\,${side}\\,-2)':h='if(gte(iw\\,ih)\\,-2\\,${side})'`
  const args = [
    ...['-nostdin', '-v', 'error', '-threads', '1', '-ss', seconds.toFixed(3)],
    ...inputArgs(probe.demuxer, source),
    ...['-map', `0:${probe.video?.index}`, '-frames:v', '1', '-an', '-sn', '-dn', '-vf', scale],
    ...['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', '4', '-f', 'mjpeg', '-y', fileUrl(target)],
  ]
  try {
    const needs = inspecting(source, [target])
    const { exitCode } = await runMedia(ffmpegPath(), args, needs, { signal, timeoutMs: 30_000 })
    return exitCode === 0 && (await sizeOf(target)) > 0
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ProcessError) return false
    throw error
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
}
