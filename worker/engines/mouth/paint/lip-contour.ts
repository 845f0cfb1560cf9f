import type { Basis } from '#worker/engines/vision/basis'
import {
  type FacePose,
  INNER_LOWER,
  INNER_UPPER,
  LEFT_INNER_CORNER,
  LEFT_MOUTH_CORNER,
  RIGHT_INNER_CORNER,
  RIGHT_MOUTH_CORNER,
  toFaceX,
  toFaceY,
} from '#worker/engines/vision/landmarks'

/** The gap between the lips: for u from -1 (subject's right corner) to 1, the heights of both edges. */
export interface LipContour {
  centreX: number
  halfWidth: number
  /** Height of the upper lip's inner edge at STEPS + 1 evenly spaced values of u, in face units. */
  upper: Float32Array
  lower: Float32Array
}

const STEPS = 64

/**
 * The gap of a set of points (x, y pairs in pixels, by vertex). The tracked one ends short of the dark line between the
 * lips: `toCorners` is how far its ends are moved out to the mouth's corners, 0..1.
 */
export function lipContour(points: Float32Array, pose: FacePose, basis: Basis, toCorners = 0): LipContour {
  const at = (meshPoint: number) => {
    const vertex = basis.vertexOf(meshPoint)
    const [x, y] = [points[2 * vertex], points[2 * vertex + 1]]
    return { x: toFaceX(pose, x, y), y: toFaceY(pose, x, y) }
  }
  const end = (inner: number, corner: number) => {
    const [from, to] = [at(inner), at(corner)]
    return { x: from.x + (to.x - from.x) * toCorners, y: from.y + (to.y - from.y) * toCorners }
  }
  const right = end(RIGHT_INNER_CORNER, RIGHT_MOUTH_CORNER)
  const left = end(LEFT_INNER_CORNER, LEFT_MOUTH_CORNER)
  const line = (inner: number[]) => [right, ...inner.map(at), left]
  const upper = line(INNER_UPPER)
  const lower = line(INNER_LOWER)
  const centreX = (left.x + right.x) / 2
  const halfWidth = Math.max(1e-3, (left.x - right.x) / 2)
  return {
    centreX,
    halfWidth,
    upper: sample(upper, centreX, halfWidth),
    lower: sample(lower, centreX, halfWidth),
  }
}

/** Height of an edge at u in -1..1. */
export function edgeAt(edge: Float32Array, u: number): number {
  const at = ((u + 1) / 2) * STEPS
  const n = at < 0 ? 0 : at > STEPS - 1 ? STEPS - 1 : at | 0
  return edge[n] + (edge[n + 1] - edge[n]) * (at - n)
}

function sample(line: { x: number; y: number }[], centreX: number, halfWidth: number): Float32Array {
  let segment = 1
  return Float32Array.from({ length: STEPS + 1 }, (_, n) => {
    const x = centreX + ((2 * n) / STEPS - 1) * halfWidth
    while (segment < line.length - 1 && x > line[segment].x) segment++
    const before = line[segment - 1]
    const after = line[segment]
    const share = Math.min(1, Math.max(0, (x - before.x) / (after.x - before.x + 1e-9)))
    return before.y + (after.y - before.y) * share
  })
}
