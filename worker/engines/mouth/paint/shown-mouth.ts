import { toPixelX, toPixelY } from '#worker/engines/vision/landmarks'
import { clamp, smoothStep } from '#worker/engines/vision/numbers'
import { bilinear } from '#worker/engines/vision/yuv-image'
import { drawnCavity } from './drawn-mouth.ts'
import type { Exemplar } from './exemplar.ts'
import { edgeAt } from './lip-contour.ts'
import type { MouthPlace, Yuv } from './mouth-place.ts'

/** Upper teeth get at least this share of a gap, however high the dark lies in the exemplar. */
const MIN_UPPER = 0.62
/** Softness of the change from what hangs above to what lies below, as a share of the gap. */
const SOFT = 0.3
/** Lips reach a little into the tracked contour, the wet lower one more, in face units. */
const RIM = { upper: 0.006, lower: 0.013 }
/** Lips that close cover a little of the teeth as well: this share of what the gap loses, above and below. */
const COVERED = 0.18

/**
 * What the presenter's own open mouth shows at a place. Upper teeth hang from the skull and lower ones sit on the jaw,
 * so both keep their size and go with their lip; a narrower gap hides the dark between them, a wider one shows more.
 */
export function shownMouth(exemplar: Exemplar, place: MouthPlace, light: number, out: Yuv): void {
  const { contour, cavity } = exemplar
  const fit = Math.min(1, contour.halfWidth / place.halfWidth)
  const u = clamp((place.x * fit) / contour.halfWidth, -0.97, 0.97)
  const top = edgeAt(contour.upper, u)
  const gap = Math.max(1e-3, edgeAt(contour.lower, u) - top)
  const x = contour.centreX + u * contour.halfWidth
  const rim = Math.min(RIM.upper, gap / 3)
  const lowerRim = Math.min(RIM.lower, gap / 3)
  const hidden = COVERED * Math.max(0, gap - place.gap)
  // Each part reaches as far as the dark, or the whole gap where there is none.
  const reach = place.gap > gap ? cavity * gap : gap - lowerRim
  const lower = lowerShare(place, gap, cavity)
  sample(exemplar, x, top + clamp(place.depth + hidden, rim, reach), out)
  if (lower > 0) {
    if (cavity === 1) drawnCavity(place, light, second)
    else
      sample(
        exemplar,
        x,
        top + clamp(gap - hidden - (place.gap - place.depth), cavity * gap, gap - lowerRim),
        second,
      )
    out.y += (second.y - out.y) * lower
    out.u += (second.u - out.u) * lower
    out.v += (second.v - out.v) * lower
  }
  // Light may have changed since; it is a square root of luma.
  out.y = 16 + (out.y - 16) * clamp((light / exemplar.light) ** 2, 0.6, 1.6)
}

const second: Yuv = { y: 0, u: 0, v: 0 }

/** How much of a place belongs to what lies below. */
function lowerShare({ depth, gap }: MouthPlace, own: number, cavity: number): number {
  if (cavity === 1) return smoothStep((depth - own * 0.86) / (own * 0.14))
  if (gap >= own) return smoothStep((depth - cavity * own) / Math.max(1e-3, gap - own))
  const change = cavity + (1 - gap / own) * (Math.max(cavity, MIN_UPPER) - cavity)
  return smoothStep((depth / Math.max(1e-4, gap) - change) / SOFT + 0.5)
}

function sample({ pose, patch }: Exemplar, x: number, y: number, out: Yuv): void {
  const px = toPixelX(pose, x, y) - patch.x
  const py = toPixelY(pose, x, y) - patch.y
  const [halfWidth, halfHeight] = [patch.width >> 1, patch.height >> 1]
  const luma = patch.width * patch.height
  out.y = bilinear(patch.data, 0, patch.width, patch.height, px, py)
  out.u = bilinear(patch.data, luma, halfWidth, halfHeight, px / 2, py / 2)
  out.v = bilinear(patch.data, luma + halfWidth * halfHeight, halfWidth, halfHeight, px / 2, py / 2)
}
