import { ffmpegPath } from '#core/media/binaries'
import { inputArgs, pictureRefused } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { ProcessError, runMedia } from '#core/media/process'

/** A long video may take longer; the render decodes with the same limit, and refuses what it finds by the same name. */
const LOOKS_FOR_MS = 20_000

/**
 * The size of the first picture of a video that has more than `maxPixels`, found by decoding its keyframes, at which
 * alone a picture's size can grow. Null where there is none within the first twenty seconds of looking.
 */
export async function pictureOver(
  maxPixels: number,
  path: string,
  probe: MediaProbe,
  { signal }: { signal?: AbortSignal } = {},
): Promise<{ width: number; height: number } | null> {
  const keyframes = ['-nostdin', '-v', 'error', '-threads', '1', '-skip_frame', 'nokey']
  const input = inputArgs(probe.demuxer, path, maxPixels)
  const output = ['-map', `0:${probe.video?.index}`, '-an', '-sn', '-dn', '-f', 'null', '-']
  try {
    const options = { signal, timeoutMs: LOOKS_FOR_MS }
    const { stderrTail } = await runMedia(
      ffmpegPath(),
      [...keyframes, ...input, ...output],
      inspecting(path),
      options,
    )
    return pictureRefused(stderrTail)
  } catch (error) {
    if (error instanceof ProcessError && error.failure === 'timeout') return null
    throw error
  }
}
