import type { MouthPose } from '#worker/engines/mouth/speech/curves'
import type { Basis } from '#worker/engines/vision/basis'
import {
  type FacePose,
  INNER_LOWER,
  INNER_UPPER,
  LOWER_RINGS,
  toFaceY,
  UPPER_RINGS,
} from '#worker/engines/vision/landmarks'
import type { MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { clamp } from '#worker/engines/vision/numbers'

/** What the mouth of one frame should become. Lengths in face units. */
export interface MouthShape {
  opening: number
  width: number
  /** 1 presses the lips together, for p, b and m. */
  closure: number
  /** 0 leaves the frame as it is. */
  weight: number
}

/** How much wider a spread mouth gets, and how much narrower a rounded one. */
const SPREAD = 0.09
const ROUND = 0.24
/** Gap of f and v: the upper teeth stay in sight above the lower lip. */
export const LIP_ON_TEETH = 0.04

/** The shape that a moment of speech asks of a presenter. */
export function mouthShape(pose: MouthPose, measures: MouthMeasures, weight: number): MouthShape {
  return {
    opening: Math.max(measures.widest * pose.open, LIP_ON_TEETH * pose.lipOnTeeth) * (1 - pose.closed),
    width: measures.restingWidth * (1 + SPREAD * pose.spread - ROUND * pose.round),
    closure: pose.closed,
    weight,
  }
}

/**
 * Moves the points of a face from what was measured to a shape: the difference times the basis, so that the
 * mouth motion that is already in the video cancels. `from` and `to` are x, y pairs in pixels, rings included.
 */
export function movePoints(
  face: Float32Array,
  pose: FacePose,
  basis: Basis,
  shape: MouthShape,
  measured: { opening: number; width: number },
  from: Float32Array,
  to: Float32Array,
): void {
  const points = 2 * basis.kept.length
  for (let n = 0; n < points; n++) from[n] = to[n] = face[1 + n]
  placeRings(pose, basis, from, to)
  const opening = (shape.opening - measured.opening) * shape.weight
  const width = (shape.width - measured.width) * shape.weight
  for (const vertex of basis.moving) {
    const dx = opening * basis.perOpening[2 * vertex] + width * basis.perWidth[2 * vertex]
    const dy = opening * basis.perOpening[2 * vertex + 1] + width * basis.perWidth[2 * vertex + 1]
    to[2 * vertex] += (dx * pose.cos - dy * pose.sin) * pose.scale
    to[2 * vertex + 1] += (dx * pose.sin + dy * pose.cos) * pose.scale
  }
  sealLips(pose, basis, closureOf(shape) * shape.weight, to)
}

/** Points around the face that stand still, so that chin and cheeks pull on what is next to them. */
function placeRings(pose: FacePose, basis: Basis, from: Float32Array, to: Float32Array) {
  const centreX = pose.x - basis.middleY * pose.sin * pose.scale
  const centreY = pose.y + basis.middleY * pose.cos * pose.scale
  let at = 2 * basis.kept.length
  for (const ring of basis.rings) {
    for (const vertex of basis.outline) {
      from[at] = to[at] = centreX + (from[2 * vertex] - centreX) * ring
      from[at + 1] = to[at + 1] = centreY + (from[2 * vertex + 1] - centreY) * ring
      at += 2
    }
  }
}

/** Gap that is left between lips: none of them may cross the other. */
const MIN_GAP = 0.004
/** Openings below the first number count as shut, above the second as open, with a ramp between. */
const SHUT = { below: 0.005, above: 0.03 }
/** Share of the gap that the upper lip closes; the lower one, softer and freer, does the rest. */
const UPPER_SHARE = 0.45
/** How much of its inner edge's motion each ring of a lip follows. */
const UPPER_FOLLOW = [0.7, 0.35]
const LOWER_FOLLOW = [0.75, 0.45]

/** How far a shape brings the lips together: 1 where they are pressed, or hardly open. */
export function closureOf({ opening, closure }: Pick<MouthShape, 'opening' | 'closure'>): number {
  return Math.max(closure, clamp((SHUT.above - opening) / (SHUT.above - SHUT.below), 0, 1))
}

/** Brings the lips together by a share of their gap, and keeps them from crossing. */
export function sealLips(pose: FacePose, basis: Basis, closure: number, to: Float32Array): void {
  for (let n = 0; n < INNER_UPPER.length; n++) {
    const upper = basis.vertexOf(INNER_UPPER[n])
    const lower = basis.vertexOf(INNER_LOWER[n])
    const upperY = toFaceY(pose, to[2 * upper], to[2 * upper + 1])
    const lowerY = toFaceY(pose, to[2 * lower], to[2 * lower + 1])
    const gap = Math.max(MIN_GAP, (lowerY - upperY) * (1 - closure))
    const middle = upperY * UPPER_SHARE + lowerY * (1 - UPPER_SHARE)
    const liftUpper = middle - gap / 2 - upperY
    const liftLower = middle + gap / 2 - lowerY
    shift(to, upper, liftUpper, pose)
    shift(to, lower, liftLower, pose)
    for (const [k, ring] of UPPER_RINGS.entries())
      shift(to, basis.vertexOf(ring[n]), liftUpper * UPPER_FOLLOW[k], pose)
    for (const [k, ring] of LOWER_RINGS.entries())
      shift(to, basis.vertexOf(ring[n]), liftLower * LOWER_FOLLOW[k], pose)
  }
}

/** Moves a point down the face by `dy` face units. */
function shift(to: Float32Array, vertex: number, dy: number, pose: FacePose) {
  to[2 * vertex] -= dy * pose.sin * pose.scale
  to[2 * vertex + 1] += dy * pose.cos * pose.scale
}
