import type { Basis } from '#worker/engines/vision/basis'
import {
  INNER_LOWER,
  INNER_UPPER,
  LEFT_INNER_CORNER,
  RIGHT_INNER_CORNER,
} from '#worker/engines/vision/landmarks'
import { clamp, smoothStep } from '#worker/engines/vision/numbers'

/** Rows of triangles between the lips. */
const ROWS = 8
const INNER_ROWS = ROWS - 1

/** Vertices that the strip between the lips adds to the mesh: some in each column between a pair of inner lip points. */
export const stripVertices = INNER_UPPER.length * INNER_ROWS

/** First vertex that the strip adds in a column, 0 to 8. */
export function stripColumn(basis: Basis, column: number): { from: number; to: number } {
  const from = basis.kept.length + column * INNER_ROWS
  return { from, to: from + INNER_ROWS }
}

/** Three vertices a triangle. */
export function stripTriangles(basis: Basis): Int32Array {
  const triangles: number[] = []
  for (let column = 0; column <= INNER_UPPER.length; column++) {
    for (let row = 0; row < ROWS; row++) {
      const [a, b] = [stripVertex(basis, column, row), stripVertex(basis, column + 1, row)]
      const [c, d] = [stripVertex(basis, column, row + 1), stripVertex(basis, column + 1, row + 1)]
      if (a !== c) triangles.push(a, b, c)
      if (b !== d) triangles.push(b, d, c)
    }
  }
  return Int32Array.from(triangles)
}

/** Vertex of a place in the strip: columns 0 to 10 from corner to corner, rows from the upper lip to the lower one. */
function stripVertex(basis: Basis, column: number, row: number): number {
  if (column === 0) return basis.vertexOf(RIGHT_INNER_CORNER)
  if (column > INNER_UPPER.length) return basis.vertexOf(LEFT_INNER_CORNER)
  if (row === 0) return basis.vertexOf(INNER_UPPER[column - 1])
  if (row === ROWS) return basis.vertexOf(INNER_LOWER[column - 1])
  return stripColumn(basis, column - 1).from + row - 1
}

/** A gap is taken to be at most so many times as wide or narrow as the unit's. */
const RATIO = { min: 0.4, max: 2.4 }

/** Half the height of the part that gives way, as a share of the gap: at least so much, and more the more it gives. */
const GIVES_WAY = { min: 0.2, perChange: 0.8 }

/**
 * Where in a unit's gap the share t of a gap is found that is `ratio` times as wide: at r t + (1 - r) S(t), with a smooth
 * step S where the unit's dark is. So teeth keep their size at either lip, and the dark between them gives way.
 */
export function shareInUnit(share: number, ratio: number, dark: number): number {
  const half = Math.min(0.5, Math.max(GIVES_WAY.min, (GIVES_WAY.perChange * (ratio - 1)) / ratio))
  const middle = clamp((dark - (1 - ratio) / 2) / ratio, half, 1 - half)
  return ratio * share + (1 - ratio) * smoothStep((share - middle + half) / (2 * half))
}

/**
 * Places the strip's own vertices in a target and in a unit, both x, y pairs in pixels with `scale` pixels a face unit.
 * `dark` is the height of the dark between the unit's teeth, as a share of its gap.
 */
export function placeStrip(
  basis: Basis,
  target: { points: Float32Array; scale: number },
  unit: { points: Float32Array; scale: number; dark: number },
): void {
  for (const [column, point] of INNER_UPPER.entries()) {
    const upper = 2 * basis.vertexOf(point)
    const lower = 2 * basis.vertexOf(INNER_LOWER[column])
    const gap = ({ points, scale }: { points: Float32Array; scale: number }) =>
      Math.hypot(points[lower] - points[upper], points[lower + 1] - points[upper + 1]) / scale + 1e-3
    const ratio = clamp(gap(target) / gap(unit), RATIO.min, RATIO.max)
    const { from } = stripColumn(basis, column)
    for (let row = 1; row < ROWS; row++) {
      const share = row / ROWS
      const at = 2 * (from + row - 1)
      between(target.points, upper, lower, share, at)
      between(unit.points, upper, lower, shareInUnit(share, ratio, unit.dark), at)
    }
  }
}

function between(points: Float32Array, a: number, b: number, share: number, at: number): void {
  points[at] = points[a] + (points[b] - points[a]) * share
  points[at + 1] = points[a + 1] + (points[b + 1] - points[a + 1]) * share
}
