import type { Basis } from '#worker/engines/vision/basis'
import {
  type FacePose,
  INNER_LOWER,
  INNER_UPPER,
  LEFT_INNER_CORNER,
  RIGHT_INNER_CORNER,
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

/** The gap of a set of points (x, y pairs in pixels, by vertex). */
export function lipContour(points: Float32Array, pose: FacePose, basis: Basis): LipContour {
  const line = (inner: number[]) =>
    [RIGHT_INNER_CORNER, ...inner, LEFT_INNER_CORNER].map((meshPoint) => {
      const vertex = basis.vertexOf(meshPoint)
      const [x, y] = [points[2 * vertex], points[2 * vertex + 1]]
      return { x: toFaceX(pose, x, y), y: toFaceY(pose, x, y) }
    })
  const upper = line(INNER_UPPER)
  const lower = line(INNER_LOWER)
  const left = upper[0].x
  const right = upper[upper.length - 1].x
  const centreX = (left + right) / 2
  const halfWidth = Math.max(1e-3, (right - left) / 2)
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
