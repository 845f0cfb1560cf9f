import { type FrameShape, scanTriangle } from '#worker/engines/mouth/face/rasteriser'
import type { Patch } from '#worker/engines/mouth/paint/mouth-patch'
import { clamp } from '#worker/engines/vision/numbers'
import { BLACK } from './skin-colours.ts'
import type { Tone } from './tone.ts'

/** A picture that is laid over a frame along a mesh. Values by vertex; points are x, y pairs in the patch's pixels. */
export interface Layer {
  patch: Patch
  points: Float32Array
  tone: Tone
  /** How much of it shows: a share by vertex, and one of the whole. */
  alpha: Float32Array
  share: number
}

/** Shares below this change nothing. */
const MIN_SHARE = 0.002

/** Lays a layer's triangles over a frame, where the mesh has these points. */
export function blendTriangles(
  frame: Uint8Array,
  shape: FrameShape,
  triangles: Int32Array,
  to: Float32Array,
  layer: Layer,
): void {
  const { points, alpha, tone } = layer
  const { gain, blue, red } = tone
  const line = { x: 0, y: 0, alpha: 0, gain: 0, blue: 0, red: 0 }
  const step = { ...line }
  for (let n = 0; n < triangles.length; n += 3) {
    const [a, b, c] = [triangles[n], triangles[n + 1], triangles[n + 2]]
    scanTriangle(shape, to, 2 * a, 2 * b, 2 * c, (y, lo, hi, u, v, ux, vx) => {
      const w = 1 - u - v
      line.x = u * points[2 * a] + v * points[2 * b] + w * points[2 * c]
      line.y = u * points[2 * a + 1] + v * points[2 * b + 1] + w * points[2 * c + 1]
      line.alpha = u * alpha[a] + v * alpha[b] + w * alpha[c]
      line.gain = u * gain[a] + v * gain[b] + w * gain[c]
      line.blue = u * blue[a] + v * blue[b] + w * blue[c]
      line.red = u * red[a] + v * red[b] + w * red[c]
      step.x = ux * (points[2 * a] - points[2 * c]) + vx * (points[2 * b] - points[2 * c])
      step.y = ux * (points[2 * a + 1] - points[2 * c + 1]) + vx * (points[2 * b + 1] - points[2 * c + 1])
      step.alpha = ux * (alpha[a] - alpha[c]) + vx * (alpha[b] - alpha[c])
      step.gain = ux * (gain[a] - gain[c]) + vx * (gain[b] - gain[c])
      step.blue = ux * (blue[a] - blue[c]) + vx * (blue[b] - blue[c])
      step.red = ux * (red[a] - red[c]) + vx * (red[b] - red[c])
      blendLuma(frame, shape, y, lo, hi, layer, line, step)
      if ((y & 1) === 0) blendChroma(frame, shape, y, lo, hi, layer, line, step)
    })
  }
}

/** What a layer has at a pixel, or how much that changes from one to the next. */
interface Place {
  x: number
  y: number
  alpha: number
  gain: number
  blue: number
  red: number
}

function blendLuma(
  frame: Uint8Array,
  { width }: FrameShape,
  y: number,
  lo: number,
  hi: number,
  { patch: { data, width: stride, height }, share: whole }: Layer,
  from: Place,
  step: Place,
): void {
  let { x: sx, y: sy, alpha, gain } = from
  let at = y * width + lo
  for (let x = lo; x <= hi; x++, at++, sx += step.x, sy += step.y, alpha += step.alpha, gain += step.gain) {
    const share = whole * eased(alpha)
    if (share < MIN_SHARE) continue
    const px = sx < 0 ? 0 : Math.min(sx, stride - 1.001)
    const py = sy < 0 ? 0 : Math.min(sy, height - 1.001)
    const x0 = px | 0
    const y0 = py | 0
    const k = y0 * stride + x0
    const above = data[k] + (data[k + 1] - data[k]) * (px - x0)
    const below = data[k + stride] + (data[k + stride + 1] - data[k + stride]) * (px - x0)
    const luma = BLACK + (above + (below - above) * (py - y0) - BLACK) * gain
    const value = frame[at] + ((luma < 0 ? 0 : Math.min(luma, 255)) - frame[at]) * share
    frame[at] = value + 0.5
  }
}

function blendChroma(
  frame: Uint8Array,
  { width, height }: FrameShape,
  y: number,
  lo: number,
  hi: number,
  { patch, share: whole }: Layer,
  from: Place,
  step: Place,
): void {
  const first = lo + (lo & 1)
  const skipped = first - lo
  const [blueAt, redAt] = [width * height, width * height + (width >> 1) * (height >> 1)]
  let at = (y >> 1) * (width >> 1) + (first >> 1)
  for (let x = first, n = skipped; x <= hi; x += 2, n += 2, at++) {
    const share = whole * eased(from.alpha + n * step.alpha)
    if (share < MIN_SHARE) continue
    const [px, py] = [(from.x + n * step.x) / 2, (from.y + n * step.y) / 2]
    const blue = clamp(chromaAt(patch, 0, px, py) + from.blue + n * step.blue, 0, 255)
    const red = clamp(chromaAt(patch, 1, px, py) + from.red + n * step.red, 0, 255)
    frame[blueAt + at] = frame[blueAt + at] + (blue - frame[blueAt + at]) * share + 0.5
    frame[redAt + at] = frame[redAt + at] + (red - frame[redAt + at]) * share + 0.5
  }
}

function chromaAt({ data, width, height }: Patch, plane: 0 | 1, x: number, y: number): number {
  const [stride, rows] = [width >> 1, height >> 1]
  const px = x < 0 ? 0 : Math.min(x, stride - 1.001)
  const py = y < 0 ? 0 : Math.min(y, rows - 1.001)
  const x0 = px | 0
  const y0 = py | 0
  const k = width * height + plane * stride * rows + y0 * stride + x0
  const above = data[k] + (data[k + 1] - data[k]) * (px - x0)
  const below = data[k + stride] + (data[k + stride + 1] - data[k + stride]) * (px - x0)
  return above + (below - above) * (py - y0)
}

/** The smooth step of a share. */
function eased(alpha: number): number {
  return alpha <= 0 ? 0 : alpha >= 1 ? 1 : alpha * alpha * (3 - 2 * alpha)
}
