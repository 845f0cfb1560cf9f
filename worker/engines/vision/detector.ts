import type { Session } from '#worker/engine-contract/onnx-runtime'
import { runOnImage } from './face-networks.ts'
import { cropToRgb, squareCrop, type YuvImage } from './yuv-image.ts'

/** A face that the detector found, in picture pixels. */
export interface DetectedFace {
  score: number
  x: number
  y: number
  size: number
  /** Roll of the head in radians, from the line between the eyes. */
  angle: number
}

export type Detector = (image: YuvImage) => Promise<DetectedFace[]>

const SIZE = 192
/** One anchor a cell, at its centre. */
const CELLS = 48
const MIN_SCORE = 0.5
/** Numbers per anchor: box centre, box size, then six points of which the first two are the eyes. */
const VALUES = 16

/**
 * MediaPipe's full-range face detector. Looks at the whole picture in a square, then, where that shows
 * nothing, closer at the square that keeps the top of a portrait or the middle of a landscape.
 * Each face comes once, the largest first.
 */
export function createDetector(session: Session): Detector {
  const planes = new Float32Array(3 * SIZE * SIZE)
  const look = async (image: YuvImage, x: number, y: number, side: number): Promise<DetectedFace[]> => {
    const map = squareCrop(x + side / 2, y + side / 2, side, 0, SIZE)
    cropToRgb(image, map, SIZE, planes, { scale: 2 / 255, offset: -1, border: 0 })
    const output = await runOnImage(session, planes, SIZE)
    return readFaces(
      output('reshaped_regressor_face_4'),
      output('reshaped_classifier_face_4'),
      x,
      y,
      side / SIZE,
    )
  }
  return async (image) => {
    const { width, height } = image
    const long = Math.max(width, height)
    const short = Math.min(width, height)
    const faces = await look(image, (width - long) / 2, (height - long) / 2, long)
    if (faces.length > 0) return faces
    return look(image, width > height ? (width - short) / 2 : 0, 0, short)
  }
}

function readFaces(
  boxes: Float32Array,
  scores: Float32Array,
  x: number,
  y: number,
  scale: number,
): DetectedFace[] {
  const faces: DetectedFace[] = []
  for (let cell = 0; cell < scores.length; cell++) {
    const score = 1 / (1 + Math.exp(-scores[cell]))
    if (score < MIN_SCORE) continue
    const anchorX = (((cell % CELLS) + 0.5) / CELLS) * SIZE
    const anchorY = ((Math.floor(cell / CELLS) + 0.5) / CELLS) * SIZE
    const at = (n: number) => boxes[cell * VALUES + n]
    faces.push({
      score,
      x: x + (at(0) + anchorX) * scale,
      y: y + (at(1) + anchorY) * scale,
      size: Math.max(at(2), at(3)) * scale,
      angle: Math.atan2(at(7) - at(5), at(6) - at(4)),
    })
  }
  return withoutDoubles(faces).sort((a, b) => b.size - a.size)
}

/** Neighbouring cells see the same face: the surest of those nearer than half a face's size stays. */
function withoutDoubles(faces: DetectedFace[]): DetectedFace[] {
  const kept: DetectedFace[] = []
  for (const face of faces.sort((a, b) => b.score - a.score)) {
    const isDouble = (other: DetectedFace) =>
      Math.hypot(face.x - other.x, face.y - other.y) < Math.max(face.size, other.size) / 2
    if (!kept.some(isDouble)) kept.push(face)
  }
  return kept
}
