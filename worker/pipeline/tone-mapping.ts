import { ffmpegPath } from '#core/media/binaries'
import { ASKING } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import { EngineError } from '#worker/engine-contract/engine'

/** What an ffmpeg must have for videos of high dynamic range. */
const TONE_MAPPING_FILTERS = ['zscale', 'tonemap']

/**
 * Makes sure that this ffmpeg can bring high dynamic range to the ordinary one. Keeping only 8 bits of such a video
 * under its own tags would show bands, and dropping the tags would show it grey.
 *
 * @throws EngineError unsupported_media where it can't.
 */
export async function requireToneMapping(transfer: string, signal: AbortSignal): Promise<void> {
  const { stdout } = await runMedia(ffmpegPath(), ['-hide_banner', '-filters'], ASKING, { signal })
  const names = new Set(
    stdout
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[1]),
  )
  if (TONE_MAPPING_FILTERS.every((name) => names.has(name))) return
  throw new EngineError(
    'unsupported_media',
    'The presenter video is HDR, which the ffmpeg on the render machine can not convert. Export it as SDR, or install an ffmpeg with zscale.',
    { params: { role: 'presenter', transfer } },
  )
}
