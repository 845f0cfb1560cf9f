import type { Patch } from '#worker/engines/mouth/paint/mouth-patch'
import { clamp } from '#worker/engines/vision/numbers'
import type { FrameShape } from '../face/rasteriser.ts'
import type { Region } from './region.ts'
import { BLACK } from './skin-colours.ts'

/** Mean second difference of luma in the middle of a patch. */
export function patchSharpness({ width, height, data }: Patch): number {
  let sum = 0
  const [left, right, top, bottom] = [width >> 2, (width * 3) >> 2, height >> 2, (height * 3) >> 2]
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x
      sum += Math.abs(2 * data[at] - data[at - 1] - data[at + 1])
      sum += Math.abs(2 * data[at] - data[at - width] - data[at + width])
    }
  }
  return sum / Math.max(1, (right - left) * (bottom - top))
}

/** Half the side of the squares on the lips' outline, in face units. */
const REACH = 0.02

/**
 * How sharp the edge between lips and skin is, whatever is between the lips and however light it all is: the mean
 * second difference of luma on it, over the mean luma there.
 */
export function outlineSharpness(
  data: Uint8Array,
  { width, height }: FrameShape,
  points: Float32Array,
  { outline }: Region,
  scale: number,
): number {
  const radius = Math.max(1, Math.round(scale * REACH))
  const step = Math.max(1, radius >> 2)
  let [bend, luma] = [0, 0]
  for (const vertex of outline) {
    const cx = clamp(Math.round(points[2 * vertex]), radius + 1, width - radius - 2)
    const cy = clamp(Math.round(points[2 * vertex + 1]), radius + 1, height - radius - 2)
    for (let y = cy - radius; y <= cy + radius; y += step) {
      for (let x = cx - radius; x <= cx + radius; x += step) {
        const at = y * width + x
        bend += Math.abs(4 * data[at] - data[at - 1] - data[at + 1] - data[at - width] - data[at + width])
        luma += data[at] - BLACK
      }
    }
  }
  return bend / Math.max(1, luma)
}

/** How much is added of a pixel's difference to its neighbours' mean: to a unit as sharp as its frame, at least, at most. */
const ADDED = { same: 0.85, min: -0.8, max: 1.4 }
/** How much sharper a picture gets by adding all of that difference. */
const PER_ADDED = 0.5

/**
 * Makes units as sharp as the frames that they are put into, whose sharpness is `ratio` times theirs, and makes up for
 * what bilinear sampling takes of it. The returned patch, of at most `bytes`, is reused by the next call.
 */
export function createSharpener(bytes: number): (patch: Patch, ratio: number) => Patch {
  const scratch = new Uint8Array(bytes)
  return (patch, ratio) => {
    const { width, height, data } = patch
    const added = clamp((ratio - 1) / PER_ADDED + ADDED.same, ADDED.min, ADDED.max)
    const out = scratch.subarray(0, data.length)
    out.set(data)
    for (let y = 1; y < height - 1; y++) {
      for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
        const mean = (data[at - 1] + data[at + 1] + data[at - width] + data[at + width]) / 4
        const luma = data[at] + added * (data[at] - mean)
        out[at] = luma < 0 ? 0 : luma > 255 ? 255 : luma + 0.5
      }
    }
    return { ...patch, data: out }
  }
}
