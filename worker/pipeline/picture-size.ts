import { pictureRefused } from '#core/media/input'
import { EngineError } from '#worker/engine-contract/engine'

/**
 * Ends the render of a presenter video in which ffmpeg refused a picture. It leaves such pictures out and goes on, so
 * that its exit code says nothing of it.
 *
 * @throws EngineError too_many_pixels
 */
export function refuseLargePicture(stderr: string): void {
  const size = pictureRefused(stderr)
  if (!size) return
  throw new EngineError(
    'too_many_pixels',
    `The presenter video grows to ${size.width}x${size.height}, which is more than MAX_PIXELS allows. Export it in one size.`,
    { params: { role: 'presenter', ...size } },
  )
}
