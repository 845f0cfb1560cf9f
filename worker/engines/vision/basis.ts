import { readFileSync } from 'node:fs'
import {
  INNER_LOWER,
  INNER_UPPER,
  LEFT_EYE_CORNER,
  LEFT_INNER_CORNER,
  LEFT_MOUTH_CORNER,
  MESH_POINTS,
  RIGHT_EYE_CORNER,
  RIGHT_INNER_CORNER,
  RIGHT_MOUTH_CORNER,
} from './landmarks.ts'

/**
 * How a face deforms when its mouth opens and widens, and the triangles that carry the picture along.
 * Points are "vertices": the mesh points that the warp needs, renumbered from 0, then two rings of still points
 * around the face.
 */
export interface Basis {
  /** Mesh number of each vertex. */
  kept: number[]
  /** Vertex of a mesh point that is kept. */
  vertexOf(meshPoint: number): number
  /** Displacement in face units per unit of opening: x, y for each vertex. */
  perOpening: Float32Array
  /** Displacement in face units per unit of mouth width: x, y for each vertex. */
  perWidth: Float32Array
  /** The mean face in face units: x, y for each vertex. */
  mean: Float32Array
  /** Vertices that move. */
  moving: number[]
  /** Vertices of the face's outline, for the rings. */
  outline: number[]
  /** How far out the rings lie, from the face's middle. */
  rings: readonly number[]
  /** Vertices of all points, rings included. */
  pointCount: number
  /** Three vertices a triangle; points at or after `kept.length` are ring points. */
  triangles: Int32Array
  /** Height of the nose's base in face units: the middle of the rings. */
  middleY: number
}

interface BasisFile {
  dO: [number, number][]
  dW: [number, number][]
  mean: [number, number][]
  tri: [number, number, number][]
  oval: number[]
}

/** The corners of the mouth sink and rise less in speech than the measured basis says. */
const WIDTH_LIFT = 0.35
const NOSE_BASE = 2
const MIN_MOVE = 1e-4

/**
 * The displacement basis, measured on real speakers: a regression of all mesh points on lip opening and mouth
 * width with head pose taken out, made symmetric and faded out above the nose. Made by training/basis.py.
 */
export function loadBasis(): Basis {
  const file = JSON.parse(readFileSync(new URL('basis.json', import.meta.url), 'utf8')) as BasisFile
  const move = (n: number) => [...file.dO[n], file.dW[n][0], file.dW[n][1] * WIDTH_LIFT]
  const moves = (n: number) => move(n).reduce((sum, value) => sum + Math.abs(value), 0) > MIN_MOVE
  const triangles = [...file.tri, ...mouthTriangles()]
  const kept = keptPoints(file, triangles, moves)
  const vertices = new Map(kept.map((meshPoint, vertex) => [meshPoint, vertex]))
  const vertexOf = (meshPoint: number) => vertices.get(meshPoint) as number
  // The file numbers ring points from 468 on.
  const anySlot = (n: number) => (n < MESH_POINTS ? vertexOf(n) : n - MESH_POINTS + kept.length)
  return {
    kept,
    vertexOf,
    perOpening: Float32Array.from(kept.flatMap((n) => move(n).slice(0, 2))),
    perWidth: Float32Array.from(kept.flatMap((n) => move(n).slice(2))),
    mean: Float32Array.from(kept.flatMap((n) => file.mean[n])),
    moving: kept.filter(moves).map(vertexOf),
    outline: file.oval.map(vertexOf),
    rings: [1.25, 1.6],
    pointCount: kept.length + 2 * file.oval.length,
    triangles: Int32Array.from(triangles.flat().map(anySlot)),
    middleY: file.mean[NOSE_BASE][1],
  }
}

/** The strip between the lips, so that what the source shows there moves along underneath. */
function mouthTriangles(): [number, number, number][] {
  const upper = [RIGHT_INNER_CORNER, ...INNER_UPPER, LEFT_INNER_CORNER]
  const lower = [RIGHT_INNER_CORNER, ...INNER_LOWER, LEFT_INNER_CORNER]
  const triangles: [number, number, number][] = []
  for (let n = 0; n < upper.length - 1; n++) {
    if (upper[n] !== lower[n]) triangles.push([upper[n], upper[n + 1], lower[n]])
    if (upper[n + 1] !== lower[n + 1]) triangles.push([upper[n + 1], lower[n + 1], lower[n]])
  }
  return triangles
}

function keptPoints(file: BasisFile, triangles: number[][], moves: (n: number) => boolean): number[] {
  const needed = new Set(triangles.flat().filter((n) => n < MESH_POINTS))
  for (let n = 0; n < MESH_POINTS; n++) if (moves(n)) needed.add(n)
  const measured = [RIGHT_EYE_CORNER, LEFT_EYE_CORNER, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER]
  for (const n of [...file.oval, ...measured, ...INNER_UPPER, ...INNER_LOWER]) needed.add(n)
  return [...needed].sort((a, b) => a - b)
}
