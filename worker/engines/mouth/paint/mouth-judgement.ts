import { toPixelX, toPixelY } from '#worker/engines/vision/landmarks'
import { bilinear } from '#worker/engines/vision/yuv-image'
import type { Exemplar } from './exemplar.ts'
import { edgeAt } from './lip-contour.ts'
import type { Patch } from './mouth-patch.ts'

/** Heights at which the gap is looked at, and the part of its width. */
const HEIGHTS = 20
const LOOKED_AT = [-0.35, -0.2, -0.07, 0.07, 0.2, 0.35]
/** Darker than this share of the brightest height is the dark of the mouth. */
const DARK = 0.62

/** How well a mouth shows: sharp, with teeth that stand out against the dark. */
export function clarityOf(exemplar: Exemplar): number {
  return sharpness(exemplar.patch) * contrastOf(exemplar)
}

/** The darkest height between the lips, as a share of the gap from above. */
export function cavityOf(exemplar: Exemplar): number {
  const luma = heightsOf(exemplar)
  const darkest = luma.indexOf(Math.min(...luma))
  return luma[darkest] < DARK * Math.max(...luma) ? (darkest + HEIGHTS / 5 + 0.5) / HEIGHTS : 1
}

/** How much darker the dark of the mouth is than its teeth, in luma, and a little for any. */
function contrastOf(exemplar: Exemplar): number {
  const luma = heightsOf(exemplar)
  return 30 + Math.max(...luma) - Math.min(...luma)
}

/** Mean luma at heights between the lips, without the dark rims of the lips themselves. */
function heightsOf({ pose, contour, patch }: Exemplar): number[] {
  const luma = Array.from({ length: HEIGHTS }, (_, k) => {
    const values = LOOKED_AT.map((u) => {
      const [top, bottom] = [edgeAt(contour.upper, u), edgeAt(contour.lower, u)]
      const x = contour.centreX + u * contour.halfWidth
      const y = top + ((bottom - top) * (k + 0.5)) / HEIGHTS
      const [px, py] = [toPixelX(pose, x, y) - patch.x, toPixelY(pose, x, y) - patch.y]
      return bilinear(patch.data, 0, patch.width, patch.height, px, py)
    })
    return values.reduce((sum, value) => sum + value, 0) / values.length
  })
  return luma.slice(HEIGHTS / 5, (HEIGHTS * 4) / 5)
}

/** Mean difference between neighbouring pixels of the middle of a patch, where teeth are. */
function sharpness({ width, height, data }: Patch): number {
  const [left, top, right, bottom] = [width / 5, height / 5, (width * 4) / 5, (height * 4) / 5].map(
    Math.floor,
  )
  let sum = 0
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x
      sum += Math.abs(data[at] - data[at + 1]) + Math.abs(data[at] - data[at + width])
    }
  }
  return sum / Math.max(1, (right - left) * (bottom - top))
}
