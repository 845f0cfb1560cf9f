import { clamp } from '#worker/engines/vision/numbers'
import type { FrameShape } from '../face/rasteriser.ts'
import type { Region } from './region.ts'

/** Values of a skin colour: natural logarithm of luma over black, blue and red chroma. */
export const COLOUR_VALUES = 3
/** Luma that counts as black. */
export const BLACK = 12
/** Half the side of the square that a colour is the mean of, in face units, and how many samples that is, about. */
const REACH = 0.016
const SAMPLES = 3

/** Writes the colours at the region's skin points of a picture; `points` are x, y pairs in its pixels, by vertex. */
export function skinColours(
  data: Uint8Array,
  { width, height }: FrameShape,
  points: Float32Array,
  { skin }: Region,
  scale: number,
  out: Float32Array,
): void {
  const radius = Math.max(1, Math.round(scale * REACH))
  const step = Math.max(1, Math.round(radius / SAMPLES))
  const [halfWidth, halfHeight] = [width >> 1, height >> 1]
  const blueAt = width * height
  const redAt = blueAt + halfWidth * halfHeight
  for (let k = 0; k < skin.length; k++) {
    const [cx, cy] = [Math.round(points[2 * skin[k]]), Math.round(points[2 * skin[k] + 1])]
    let [luma, blue, red, count] = [0, 0, 0, 0]
    for (let y = cy - radius; y <= cy + radius; y += step) {
      const row = clamp(y, 0, height - 1)
      const halfRow = Math.min(halfHeight - 1, row >> 1) * halfWidth
      for (let x = cx - radius; x <= cx + radius; x += step) {
        const column = clamp(x, 0, width - 1)
        const half = halfRow + Math.min(halfWidth - 1, column >> 1)
        luma += data[row * width + column]
        blue += data[blueAt + half]
        red += data[redAt + half]
        count++
      }
    }
    out[COLOUR_VALUES * k] = Math.log(Math.max(4, luma / count - BLACK))
    out[COLOUR_VALUES * k + 1] = blue / count
    out[COLOUR_VALUES * k + 2] = red / count
  }
}
