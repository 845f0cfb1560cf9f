import { type FacePose, toPixelX, toPixelY } from '#worker/engines/vision/landmarks'
import type { VideoPlan } from '#worker/pipeline/video-plan'
import type { LipContour } from './lip-contour.ts'

/** A part of a frame as I420, at even coordinates. */
export interface Patch {
  x: number
  y: number
  width: number
  height: number
  data: Uint8Array
}

/** The box around the gap between the lips, with a margin of two pixels. */
export function emptyPatch(pose: FacePose, contour: LipContour, width: number, height: number): Patch {
  const { centreX, halfWidth, upper, lower } = contour
  const top = Math.min(...upper)
  const bottom = Math.max(...lower)
  const corners = [-1, 1].flatMap((side) =>
    [top, bottom].map((y) => ({
      x: toPixelX(pose, centreX + side * halfWidth, y),
      y: toPixelY(pose, centreX + side * halfWidth, y),
    })),
  )
  const [xs, ys] = [corners.map((corner) => corner.x), corners.map((corner) => corner.y)]
  const box = {
    left: Math.min(...xs) - 3,
    right: Math.max(...xs) + 5,
    top: Math.min(...ys) - 3,
    bottom: Math.max(...ys) + 5,
  }
  return patchBox(box, { width, height })
}

/** An empty patch for a box of a picture, at least 8 pixels a side. */
export function patchBox(
  { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
  picture: { width: number; height: number },
): Patch {
  const even = (value: number, limit: number) => Math.min(Math.max(0, value), limit) & ~1
  const x = even(left, picture.width - 8)
  const y = even(top, picture.height - 8)
  const width = Math.max(8, even(right, picture.width) - x)
  const height = Math.max(8, even(bottom, picture.height) - y)
  return { x, y, width, height, data: new Uint8Array((width * height * 3) / 2) }
}

/** Copies a patch's part of a frame into it. */
export function cutPatch(frame: Uint8Array, plan: VideoPlan, { x, y, width, height, data }: Patch) {
  const copy = (offset: number, stride: number, px: number, py: number, w: number, h: number, to: number) => {
    for (let row = 0; row < h; row++) {
      const at = offset + (py + row) * stride + px
      data.set(frame.subarray(at, at + w), to + row * w)
    }
  }
  const luma = plan.width * plan.height
  const half = plan.width >> 1
  const [cw, ch] = [width >> 1, height >> 1]
  copy(0, plan.width, x, y, width, height, 0)
  copy(luma, half, x >> 1, y >> 1, cw, ch, width * height)
  copy(luma + half * (plan.height >> 1), half, x >> 1, y >> 1, cw, ch, width * height + cw * ch)
}
