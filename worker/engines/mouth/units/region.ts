import type { Basis } from '#worker/engines/vision/basis'
import {
  INNER_LOWER,
  INNER_UPPER,
  LEFT_INNER_CORNER,
  REFINED_LIPS,
  RIGHT_INNER_CORNER,
} from '#worker/engines/vision/landmarks'
import { stripTriangles, stripVertices } from './strip.ts'

/** Mesh points of the first ring of skin around the lips. */
const FIRST_RING = [
  ...[18, 43, 57, 83, 92, 106, 164, 165, 167, 182, 186],
  ...[273, 287, 313, 322, 335, 391, 393, 406, 410],
]
/** The second ring: cheeks, chin. */
const SECOND_RING = [194, 200, 201, 202, 204, 206, 212, 216, 418, 421, 422, 424, 426, 432, 436]
const NOSE_BASE = [2, 75, 97, 98, 99, 203, 240, 326, 327, 328, 423, 460]
/** Points further out, that tell with the rest how the face lies. */
const CHEEKS = [
  ...[32, 36, 192, 199, 205, 207, 208, 210, 211, 214, 262, 266],
  ...[416, 425, 427, 428, 430, 431, 434, 129, 358, 64, 294],
]
/** The lips' outline. */
const OUTLINE = [0, 17, 37, 39, 40, 61, 84, 91, 146, 181, 185, 267, 269, 270, 291, 314, 321, 375, 405, 409]

/**
 * How much of a unit's pixels and of its form each part of the mesh takes; later lines change earlier ones. Under the
 * nose the target's own shadow stays.
 */
const SHARES: { points: number[]; alpha: number; bend: number }[] = [
  { points: REFINED_LIPS, alpha: 1, bend: 1 },
  { points: FIRST_RING, alpha: 1, bend: 0.75 },
  { points: [164, 167, 393], alpha: 0.3, bend: 0.5 },
  { points: [165, 391], alpha: 0.5, bend: 0.6 },
  { points: [92, 322], alpha: 0.8, bend: 0.7 },
  { points: SECOND_RING, alpha: 0, bend: 0.3 },
  { points: NOSE_BASE, alpha: 0, bend: 0 },
]
/** The lips themselves say less about where the face is, for they move. */
const OUTLINE_WEIGHT = 0.25

/** The part of the mesh that a unit covers: lips, what is between them, and two rings of skin. */
export interface Region {
  /** Vertices of lips, rings and nose base. */
  vertices: number[]
  /** Vertices of the whole mesh and of the strip between the lips, which come last. */
  points: number
  /** Share of the unit's pixels, and of its form, by vertex. */
  alpha: Float32Array
  bend: Float32Array
  /** Triangles of lips and skin that a unit fills, and of the strip between the lips. */
  skinTriangles: Int32Array
  stripTriangles: Int32Array
  /** Triangles of the mesh that a unit doesn't hide. */
  around: Int32Array
  /** Vertices by which the mean face is fitted to a face. */
  fit: { vertex: number; weight: number }[]
  /** Vertices at which the skin's colours are taken, and at which the lips' outline is. */
  skin: number[]
  outline: number[]
  /** Vertices of all lip points from the outline inwards. */
  lips: number[]
  /** How much the colour at each of `skin` counts at a vertex: `skinWeights[vertex * skin.length + k]`. */
  skinWeights: Float32Array
}

export function regionOf(basis: Basis): Region {
  const verticesOf = (points: number[]) => points.map((point) => basis.vertexOf(point))
  const points = basis.kept.length + stripVertices
  const alpha = new Float32Array(points).fill(1, basis.kept.length)
  const bend = new Float32Array(points)
  for (const share of SHARES) {
    for (const vertex of verticesOf(share.points)) {
      alpha[vertex] = share.alpha
      bend[vertex] = share.bend
    }
  }
  const vertices = verticesOf([...REFINED_LIPS, ...FIRST_RING, ...SECOND_RING, ...NOSE_BASE])
  const skin = verticesOf([...FIRST_RING, ...SECOND_RING])
  const far = [...FIRST_RING, ...SECOND_RING, ...NOSE_BASE, ...CHEEKS].filter(
    (point) => basis.vertexOf(point) !== undefined,
  )
  return {
    ...{ vertices, points, alpha, bend, skin },
    ...trianglesOf(basis, new Set(vertices), alpha),
    stripTriangles: stripTriangles(basis),
    fit: [
      ...verticesOf(OUTLINE).map((vertex) => ({ vertex, weight: OUTLINE_WEIGHT })),
      ...verticesOf(far).map((vertex) => ({ vertex, weight: 1 })),
    ],
    outline: verticesOf(OUTLINE),
    lips: verticesOf([...OUTLINE, ...REFINED_LIPS.slice(40)]),
    skinWeights: skinWeights(basis, vertices, skin),
  }
}

function trianglesOf(basis: Basis, region: Set<number>, alpha: Float32Array) {
  const edge = [RIGHT_INNER_CORNER, ...INNER_UPPER, ...INNER_LOWER, LEFT_INNER_CORNER]
  const inner = new Set(edge.map((point) => basis.vertexOf(point)))
  const [skin, around]: number[][] = [[], []]
  for (let n = 0; n < basis.triangles.length; n += 3) {
    const corners = [...basis.triangles.subarray(n, n + 3)]
    const between = corners.every((vertex) => inner.has(vertex))
    if (
      !between &&
      corners.every((vertex) => region.has(vertex)) &&
      corners.some((vertex) => alpha[vertex] > 0)
    )
      skin.push(...corners)
    if (!corners.every((vertex) => alpha[vertex] === 1)) around.push(...corners)
  }
  return { skinTriangles: Int32Array.from(skin), around: Int32Array.from(around) }
}

/** Squared distance in face units below which a colour's weight stops rising. */
const NEAR = 0.0009

/** Weights that fall with the cube of the distance, and sum to 1. */
function skinWeights({ kept, mean }: Basis, vertices: number[], skin: number[]): Float32Array {
  const weights = new Float32Array(kept.length * skin.length)
  for (const vertex of vertices) {
    const own = skin.map((other) => {
      const dx = mean[2 * vertex] - mean[2 * other]
      const dy = mean[2 * vertex + 1] - mean[2 * other + 1]
      return 1 / (dx * dx + dy * dy + NEAR) ** 1.5
    })
    const total = own.reduce((sum, weight) => sum + weight, 0)
    for (const [k, weight] of own.entries()) weights[vertex * skin.length + k] = weight / total
  }
  return weights
}
