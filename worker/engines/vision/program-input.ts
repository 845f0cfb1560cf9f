import { join } from 'node:path'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import type { RenderInput } from '#worker/engine-contract/engine'
import { writePlainVideo } from '#worker/pipeline/plain-media'
import { planVideo } from '#worker/pipeline/video-plan'
import { framesIn, type WindowedVideo, writeWindow } from '#worker/pipeline/windowed-video'
import { createDetector } from './detector.ts'
import { loadFaceNetworks, releaseFaceNetworks } from './face-networks.ts'
import { findFaceWindow } from './face-window.ts'

/**
 * Writes the presenter video at `path` as a program of somebody else should get it: plain for every player, and where
 * there are several people, or one far away, only the part with the face that should speak. Returns what is needed to
 * paste that part back, null where the program got the whole.
 *
 * @throws EngineError media_unreadable, unsupported_media or disk_full.
 */
export async function writeProgramVideo(
  { videoPath, scratchDir, options = DEFAULT_OPTIONS }: RenderInput,
  path: string,
  seconds: number,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<WindowedVideo | null> {
  const plan = await planVideo(videoPath, signal, { ...options, square: true })
  const frames = framesIn(plan, seconds)
  const networks = await loadFaceNetworks()
  try {
    const detect = createDetector(networks.detector)
    const { length, window } = await findFaceWindow(detect, plan, frames, options.face, signal)
    if (!window) {
      await writePlainVideo(videoPath, path, options, signal, seconds)
      return null
    }
    const place = { scratchDir: join(scratchDir), shortVideo: options.shortVideo }
    const windowed = { plan, length, frames, window, ...place }
    await writeWindow(windowed, path, signal, (done, all) => onFraction(done / all))
    return windowed
  } finally {
    await releaseFaceNetworks(networks)
  }
}
