import type { Session } from '../onnx-runtime.ts'
import type { DetectedFace, Detector } from './detector.ts'
import { LEFT_EYE_CORNER, MESH_POINTS, REFINED_LIPS, RIGHT_EYE_CORNER } from './landmarks.ts'
import { runOnImage } from './networks.ts'
import { type Affine, cropToRgb, squareCrop, type YuvImage } from './yuv-image.ts'

export interface TrackedFace {
  /** x and y of the 468 mesh points, in picture pixels. Reused by the next frame. */
  points: Float32Array
  score: number
}

/** Follows one face through a video: call it with every frame in order. Null where no face is seen. */
export type Tracker = (image: YuvImage) => Promise<TrackedFace | null>

interface Region {
  x: number
  y: number
  side: number
  angle: number
}

const SIZE = 192
const LEAST_SCORE = 0.5
/** The network sees the face's box with a quarter of its size around it. */
const MARGIN = 1.5

/**
 * MediaPipe's face mesh with refined lips. A frame's region comes from the frame before; the detector is
 * asked for the first frame and after a loss, where it prefers the face nearest to the lost one.
 */
export function createTracker(session: Session, detect: Detector): Tracker {
  const planes = new Float32Array(3 * SIZE * SIZE)
  const points = new Float32Array(2 * MESH_POINTS)
  let region: Region | null = null
  let lastSeen: Region | null = null

  const measure = async (image: YuvImage, at: Region): Promise<number> => {
    const map = squareCrop(at.x, at.y, at.side, at.angle, SIZE)
    cropToRgb(image, map, SIZE, planes, { scale: 1 / 255, offset: 0, border: 0 })
    const output = await runOnImage(session, planes, SIZE)
    readPoints(output('output_mesh_identity'), output('output_lips'), map, points)
    return 1 / (1 + Math.exp(-output('conv_faceflag')[0]))
  }
  const find = async (image: YuvImage): Promise<Region | null> => {
    const face = nearest(await detect(image), lastSeen)
    if (!face) return null
    await measure(image, { x: face.x, y: face.y, side: face.size * MARGIN, angle: face.angle })
    return regionOf(points)
  }
  return async (image) => {
    region ??= await find(image)
    if (!region) return null
    const score = await measure(image, region)
    region = score < LEAST_SCORE ? null : regionOf(points)
    if (region && !insidePicture(region, image)) region = null
    if (!region) return null
    lastSeen = region
    return { points, score }
  }
}

function readPoints(mesh: Float32Array, lips: Float32Array, map: Affine, points: Float32Array) {
  const put = (index: number, u: number, v: number) => {
    points[2 * index] = map[0] * u + map[1] * v + map[2]
    points[2 * index + 1] = map[3] * u + map[4] * v + map[5]
  }
  for (let n = 0; n < MESH_POINTS; n++) put(n, mesh[3 * n], mesh[3 * n + 1])
  REFINED_LIPS.forEach((index, n) => {
    put(index, lips[2 * n], lips[2 * n + 1])
  })
}

/** The square around all points, along the line between the eyes. */
function regionOf(points: Float32Array): Region {
  const angle = Math.atan2(
    points[2 * LEFT_EYE_CORNER + 1] - points[2 * RIGHT_EYE_CORNER + 1],
    points[2 * LEFT_EYE_CORNER] - points[2 * RIGHT_EYE_CORNER],
  )
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let n = 0; n < MESH_POINTS; n++) {
    const x = cos * points[2 * n] + sin * points[2 * n + 1]
    const y = -sin * points[2 * n] + cos * points[2 * n + 1]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  const x = (left + right) / 2
  const y = (top + bottom) / 2
  return {
    x: cos * x - sin * y,
    y: sin * x + cos * y,
    side: Math.max(right - left, bottom - top) * MARGIN,
    angle,
  }
}

/** A face whose middle has left the picture is guesswork. */
function insidePicture(region: Region, image: YuvImage): boolean {
  return region.x > 0 && region.y > 0 && region.x < image.width && region.y < image.height && region.side > 24
}

function nearest(faces: DetectedFace[], last: Region | null): DetectedFace | null {
  if (faces.length === 0) return null
  if (!last) return faces[0]
  const distance = (face: DetectedFace) => Math.hypot(face.x - last.x, face.y - last.y)
  return faces.reduce((best, face) => (distance(face) < distance(best) ? face : best))
}
