import type { YuvImage } from '#worker/engines/vision/yuv-image'
import { faceToYuv } from './bgr-to-yuv.ts'

/** Draws a face (3 x size x size, BGR 0..1) into a picture's box. `weight` 0..1 fades it. */
export type PasteBack = (target: YuvImage, box: ArrayLike<number>, face: Float32Array, weight: number) => void

/** Where the mask rises and falls, in shares of the box: only the drawn lower half shows, and no edge of it. */
const MASK = {
  across: { in: [0.02, 0.16], out: [0.84, 0.98] },
  down: { in: [0.44, 0.58], out: [0.9, 0.99] },
} as const

/**
 * Puts the network's lower half of the face back at the picture's full resolution, in its own YUV 4:2:0: each pixel
 * under the mask is sampled between the network's pixels. Above the mouth and outside the box nothing is touched.
 */
export function createPasteBack(size: number): PasteBack {
  const planes = {
    y: new Float32Array(size * size),
    u: new Float32Array(size * size),
    v: new Float32Array(size * size),
  }
  return (target, box, face, weight) => {
    if (weight <= 0 || box[2] - box[0] < 2 || box[3] - box[1] < 2) return
    faceToYuv(face, target, planes)
    const { data, width, height } = target
    const luma = width * height
    blend(data, 0, width, height, 1, box, planes.y, size, weight)
    blend(data, luma, width >> 1, height >> 1, 2, box, planes.u, size, weight)
    blend(data, luma + luma / 4, width >> 1, height >> 1, 2, box, planes.v, size, weight)
  }
}

/** A line of pixels under the mask, laid over the network's pixels. */
interface Axis {
  first: number
  count: number
  mask: Float32Array
  /** The network's pixel below each, and the share of the one after it. */
  index: Int32Array
  share: Float32Array
}

/** Blends one plane, whose pixels are `step` picture pixels wide. */
function blend(
  data: Uint8Array,
  offset: number,
  width: number,
  height: number,
  step: number,
  box: ArrayLike<number>,
  face: Float32Array,
  size: number,
  weight: number,
): void {
  const across = axisOf(box[0] / step, box[2] / step, width, size, MASK.across)
  const down = axisOf(box[1] / step, box[3] / step, height, size, MASK.down)
  for (let row = 0; row < down.count; row++) {
    const rowWeight = down.mask[row] * weight
    if (rowWeight === 0) continue
    const above = down.index[row] * size
    const rowShare = down.share[row]
    const at = offset + (down.first + row) * width + across.first
    for (let column = 0; column < across.count; column++) {
      const alpha = across.mask[column] * rowWeight
      if (alpha === 0) continue
      const k = above + across.index[column]
      const share = across.share[column]
      const upper = face[k] + (face[k + 1] - face[k]) * share
      const lower = face[k + size] + (face[k + size + 1] - face[k + size]) * share
      const drawn = upper + (lower - upper) * rowShare
      const old = data[at + column]
      data[at + column] = old + (drawn - old) * alpha + 0.5
    }
  }
}

function axisOf(
  from: number,
  to: number,
  limit: number,
  size: number,
  mask: { in: readonly [number, number]; out: readonly [number, number] },
): Axis {
  const first = Math.max(0, Math.floor(from))
  const count = Math.max(0, Math.min(limit, Math.ceil(to)) - first)
  const axis = {
    first,
    count,
    mask: new Float32Array(count),
    index: new Int32Array(count),
    share: new Float32Array(count),
  }
  for (let n = 0; n < count; n++) {
    const place = (first + n + 0.5 - from) / (to - from)
    const pixel = Math.min(size - 1, Math.max(0, place * size - 0.5))
    axis.index[n] = Math.min(size - 2, Math.floor(pixel))
    axis.share[n] = pixel - axis.index[n]
    axis.mask[n] = rise(place, mask.in[0], mask.in[1]) * (1 - rise(place, mask.out[0], mask.out[1]))
  }
  return axis
}

/** 0 before `from`, 1 after `to`, smooth between. */
function rise(value: number, from: number, to: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)))
  return t * t * (3 - 2 * t)
}
