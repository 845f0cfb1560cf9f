/** An I420 frame's planes, and where they start. */
export interface FrameShape {
  width: number
  height: number
}

/** Triangles none of whose corners moves further than this, in pixels, are left alone. */
const MIN_MOVE = 0.2
/** Keeps pixels on shared edges from falling between two triangles. */
const EDGE = 1e-3

/**
 * Moves a picture with a mesh: every triangle whose target differs from its source is filled, scanline by scanline, with
 * the picture's pixels (bilinear); all others stay as they are. `scratch`, as large as the picture, is written over.
 * Points are x, y pairs in pixels.
 */
export function warpTriangles(
  picture: Uint8Array,
  scratch: Uint8Array,
  shape: FrameShape,
  triangles: Int32Array,
  from: Float32Array,
  to: Float32Array,
): void {
  const moving: number[] = []
  const box: Box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity }
  for (let n = 0; n < triangles.length; n += 3) {
    const [a, b, c] = [2 * triangles[n], 2 * triangles[n + 1], 2 * triangles[n + 2]]
    if (isStill(from, to, a) && isStill(from, to, b) && isStill(from, to, c)) continue
    moving.push(a, b, c)
    include(box, from, a)
    include(box, from, b)
    include(box, from, c)
  }
  copyBox(picture, scratch, shape, box)
  for (let n = 0; n < moving.length; n += 3) {
    fillTriangle(scratch, picture, shape, from, to, moving[n], moving[n + 1], moving[n + 2])
  }
}

/** Pixels, fractions of which count. */
interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

function include(box: Box, points: Float32Array, i: number): void {
  if (points[i] < box.left) box.left = points[i]
  if (points[i] > box.right) box.right = points[i]
  if (points[i + 1] < box.top) box.top = points[i + 1]
  if (points[i + 1] > box.bottom) box.bottom = points[i + 1]
}

/** How far beside a point its picture is read, in pixels of the colours, which are two of the luma's. */
const BESIDE = 2

/** Copies what a warp reads within a box to the same place in another picture. */
function copyBox(picture: Uint8Array, copy: Uint8Array, { width, height }: FrameShape, box: Box): void {
  const [halfWidth, halfHeight] = [width >> 1, height >> 1]
  const left = Math.max(0, Math.floor(box.left / 2) - BESIDE)
  const right = Math.min(halfWidth, Math.ceil(box.right / 2) + BESIDE)
  const top = Math.max(0, Math.floor(box.top / 2) - BESIDE)
  const bottom = Math.min(halfHeight, Math.ceil(box.bottom / 2) + BESIDE)
  const copyPlane = (start: number, stride: number, scale: number) => {
    for (let y = scale * top; y < scale * bottom; y++) {
      const at = start + y * stride + scale * left
      copy.set(picture.subarray(at, at + scale * (right - left)), at)
    }
  }
  if (left >= right) return
  copyPlane(0, width, 2)
  copyPlane(width * height, halfWidth, 1)
  copyPlane(width * height + halfWidth * halfHeight, halfWidth, 1)
}

function isStill(from: Float32Array, to: Float32Array, i: number): boolean {
  return Math.abs(to[i] - from[i]) + Math.abs(to[i + 1] - from[i + 1]) < MIN_MOVE
}

/** A scanline of a triangle, from pixel `lo` to `hi`: u and v are the weights of its first two corners at `lo`. */
export type ScanLine = (
  y: number,
  lo: number,
  hi: number,
  u: number,
  v: number,
  ux: number,
  vx: number,
) => void

/**
 * Goes through the pixels of a triangle of target points, line by line. Along a scanline the two free barycentric
 * coordinates are linear, u = u0 + ux * x and v = v0 + vx * x, and `lo..hi` is the part of the line where all three
 * stay non-negative. `a`, `b` and `c` are where the corners' x stand in `points`.
 */
export function scanTriangle(
  { width, height }: FrameShape,
  points: Float32Array,
  a: number,
  b: number,
  c: number,
  line: ScanLine,
): void {
  const [ax, ay, bx, by, cx, cy] = [
    points[a],
    points[a + 1],
    points[b],
    points[b + 1],
    points[c],
    points[c + 1],
  ]
  const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
  if (area > -1e-4 && area < 1e-4) return
  const ux = (by - cy) / area
  const uy = (cx - bx) / area
  const vx = (cy - ay) / area
  const vy = (ax - cx) / area
  const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - EDGE))
  const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) + EDGE))
  const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - EDGE))
  const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) + EDGE))
  const span = { lo: 0, hi: 0 }
  for (let y = top; y <= bottom; y++) {
    const u0 = uy * (y - cy) - ux * cx
    const v0 = vy * (y - cy) - vx * cx
    span.lo = left
    span.hi = right
    if (!clip(span, ux, u0) || !clip(span, vx, v0) || !clip(span, -ux - vx, 1 - u0 - v0)) continue
    line(y, span.lo, span.hi, ux * span.lo + u0, vx * span.lo + v0, ux, vx)
  }
}

function fillTriangle(
  source: Uint8Array,
  target: Uint8Array,
  shape: FrameShape,
  from: Float32Array,
  to: Float32Array,
  a: number,
  b: number,
  c: number,
): void {
  const { width, height } = shape
  scanTriangle(shape, to, a, b, c, (y, lo, hi, u, v, ux, vx) => {
    const startX = u * from[a] + v * from[b] + (1 - u - v) * from[c]
    const startY = u * from[a + 1] + v * from[b + 1] + (1 - u - v) * from[c + 1]
    const stepX = ux * (from[a] - from[c]) + vx * (from[b] - from[c])
    const stepY = ux * (from[a + 1] - from[c + 1]) + vx * (from[b + 1] - from[c + 1])
    copyLuma(source, target, width, height, y, lo, hi, startX, startY, stepX, stepY)
    if ((y & 1) === 0) copyChroma(source, target, width, height, y, lo, hi, startX, startY, stepX, stepY)
  })
}

/** Narrows a span to where `slope * x + start` is not negative; false where nothing is left. */
function clip(span: { lo: number; hi: number }, slope: number, start: number): boolean {
  if (slope > 1e-9) span.lo = Math.max(span.lo, Math.ceil((-EDGE - start) / slope))
  else if (slope < -1e-9) span.hi = Math.min(span.hi, Math.floor((-EDGE - start) / slope))
  else if (start < -EDGE) return false
  return span.lo <= span.hi
}

function copyLuma(
  source: Uint8Array,
  target: Uint8Array,
  width: number,
  height: number,
  y: number,
  lo: number,
  hi: number,
  startX: number,
  startY: number,
  stepX: number,
  stepY: number,
): void {
  let sx = startX
  let sy = startY
  let at = y * width + lo
  for (let x = lo; x <= hi; x++, at++, sx += stepX, sy += stepY) {
    const x0 = sx | 0
    const y0 = sy | 0
    if (x0 < 0 || y0 < 0 || x0 > width - 2 || y0 > height - 2) continue
    const fx = sx - x0
    const k = y0 * width + x0
    const above = source[k] + (source[k + 1] - source[k]) * fx
    const below = source[k + width] + (source[k + width + 1] - source[k + width]) * fx
    target[at] = above + (below - above) * (sy - y0) + 0.5
  }
}

function copyChroma(
  source: Uint8Array,
  target: Uint8Array,
  width: number,
  height: number,
  y: number,
  lo: number,
  hi: number,
  startX: number,
  startY: number,
  stepX: number,
  stepY: number,
): void {
  const halfWidth = width >> 1
  const halfHeight = height >> 1
  const blue = width * height
  const red = blue + halfWidth * halfHeight
  const first = lo + (lo & 1)
  let sx = (startX + (first - lo) * stepX) / 2
  let sy = (startY + (first - lo) * stepY) / 2
  let at = (y >> 1) * halfWidth + (first >> 1)
  for (let x = first; x <= hi; x += 2, at++, sx += stepX, sy += stepY) {
    const x0 = sx | 0
    const y0 = sy | 0
    if (x0 < 0 || y0 < 0 || x0 > halfWidth - 2 || y0 > halfHeight - 2) continue
    const fx = sx - x0
    const fy = sy - y0
    for (const plane of [blue, red]) {
      const k = plane + y0 * halfWidth + x0
      const above = source[k] + (source[k + 1] - source[k]) * fx
      const below = source[k + halfWidth] + (source[k + halfWidth + 1] - source[k + halfWidth]) * fx
      target[plane + at] = above + (below - above) * fy + 0.5
    }
  }
}
