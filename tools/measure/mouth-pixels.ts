import type { Basis } from '#worker/engines/vision/basis'
import {
  type FacePose,
  INNER_LOWER,
  INNER_UPPER,
  REFINED_LIPS,
  toPixelX,
  toPixelY,
} from '#worker/engines/vision/landmarks'
import { facePose } from '#worker/engines/vision/mouth-measures'
import { bilinear } from '#worker/engines/vision/yuv-image'
import { quantile } from './statistics.ts'

/** What the pixels of a mouth show. Lengths in face units, light in steps of luma. */
export interface MouthPixels {
  /** Height of both lips together, without the gap between them. */
  lipHeight: number
  /** Light of what shows between the lips (its 95th percentile) over that of the cheeks. */
  inside: number
  /** The lightest along the line where the lips meet, less the lighter lip: above 0, something white shows. */
  seam: number
  /** Mean second difference in time; NaN where one of the two frames before has no face. */
  bend: number
  /** Mean of the Laplacian. */
  sharpness: number
}

export interface PixelMeter {
  /**
   * Looks at one frame (I420) after the other. `face` is its record in the analysis of the source, `lips` are the
   * refined lips in it, `around` those of the source's own frame: where sharpness is taken.
   */
  look(frame: Uint8Array, face: Float32Array, lips: Float32Array, around: Float32Array): MouthPixels
  /** A frame without a face. */
  skip(): void
}

const placeOf = new Map(REFINED_LIPS.map((point, n) => [point, 2 * n]))
const CHEEKS = [205, 425, 207, 427, 187, 411, 50, 280]
/** Outer and inner edge of each lip in the middle. */
const MIDDLE = { top: 0, upper: 13, lower: 14, bottom: 17 }
/** Pairs of inner lip points between which is looked: all but those next to the corners. */
const COLUMNS = INNER_UPPER.map((upper, n) => [upper, INNER_LOWER[n]]).slice(1, -1)
const HEIGHTS = [0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85]
/** How far around the seam the lightest is looked for, in such steps, and where the lips themselves are. */
const SEAM = { reach: 0.022, step: 0.0055, lip: 0.045 }
/** The grid whose change is measured: places in face units, and how many. */
const GRID = { left: -0.42, right: 0.42, top: 0.5, bottom: 1.08, columns: 80, rows: 56 }
/** Half the box around the lips in which sharpness is measured. */
const BOX = { x: 0.3, y: 0.2 }

/** Measures pixels of the mouth in a video of one face, frame by frame in order. Keeps three grids. */
export function createPixelMeter(
  { width, height }: { width: number; height: number },
  basis: Basis,
): PixelMeter {
  const grids = [0, 1, 2].map(() => new Float32Array(GRID.columns * GRID.rows))
  let known = 0
  return {
    look(frame, face, lips, around) {
      const pose = facePose(face, basis)
      const luma = (x: number, y: number) =>
        bilinear(frame, 0, width, height, toPixelX(pose, x, y), toPixelY(pose, x, y))
      grids.unshift(grids.pop()!)
      fillGrid(luma, grids[0])
      known++
      const [now, before, earlier] = grids
      return {
        lipHeight: lipHeight(lips),
        inside: insideLight(luma, lips) / skinLight(frame, { width, height }, face, basis),
        seam: seamLight(luma, lips),
        bend: known < 3 ? NaN : bendOf(now, before, earlier),
        sharpness: sharpness(frame, { width, height }, pose, centreOf(around)),
      }
    },
    skip() {
      known = 0
    },
  }
}

function lipHeight(lips: Float32Array): number {
  const y = (point: number) => lips[placeOf.get(point)! + 1]
  return y(MIDDLE.upper) - y(MIDDLE.top) + y(MIDDLE.bottom) - y(MIDDLE.lower)
}

type Luma = (x: number, y: number) => number

function insideLight(luma: Luma, lips: Float32Array): number {
  const values = COLUMNS.flatMap(([upper, lower]) => {
    const [a, b] = [placeOf.get(upper)!, placeOf.get(lower)!]
    return HEIGHTS.map((share) =>
      luma(lips[a] + (lips[b] - lips[a]) * share, lips[a + 1] + (lips[b + 1] - lips[a + 1]) * share),
    )
  })
  return quantile(values, 0.95)
}

function skinLight(
  frame: Uint8Array,
  { width, height }: { width: number; height: number },
  face: Float32Array,
  basis: Basis,
): number {
  const values = CHEEKS.map(basis.vertexOf)
    .filter((vertex) => vertex !== undefined)
    .map((vertex) => bilinear(frame, 0, width, height, face[1 + 2 * vertex], face[2 + 2 * vertex]))
  return Math.max(16, values.reduce((sum, value) => sum + value, 0) / values.length)
}

function seamLight(luma: Luma, lips: Float32Array): number {
  const values = COLUMNS.map(([upper, lower]) => {
    const [a, b] = [placeOf.get(upper)!, placeOf.get(lower)!]
    const [x, y] = [(lips[a] + lips[b]) / 2, (lips[a + 1] + lips[b + 1]) / 2]
    let lightest = 0
    for (let d = -SEAM.reach; d <= SEAM.reach + 1e-9; d += SEAM.step)
      lightest = Math.max(lightest, luma(x, y + d))
    return lightest - Math.max(luma(x, y - SEAM.lip), luma(x, y + SEAM.lip))
  })
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function fillGrid(luma: Luma, grid: Float32Array) {
  const { left, right, top, bottom, columns, rows } = GRID
  for (let row = 0; row < rows; row++) {
    const y = top + ((bottom - top) * row) / (rows - 1)
    for (let column = 0; column < columns; column++) {
      grid[row * columns + column] = luma(left + ((right - left) * column) / (columns - 1), y)
    }
  }
}

function bendOf(now: Float32Array, before: Float32Array, earlier: Float32Array): number {
  let sum = 0
  for (let n = 0; n < now.length; n++) sum += Math.abs(now[n] - 2 * before[n] + earlier[n])
  return sum / now.length / 2
}

function centreOf(lips: Float32Array): [number, number] {
  let [x, y] = [0, 0]
  for (let n = 0; n < lips.length; n += 2) {
    x += lips[n]
    y += lips[n + 1]
  }
  return [(2 * x) / lips.length, (2 * y) / lips.length]
}

/** Mean of the Laplacian's amount over the pixels of an upright box around the lips. */
function sharpness(
  frame: Uint8Array,
  { width, height }: { width: number; height: number },
  pose: FacePose,
  [x, y]: [number, number],
): number {
  const [centreX, centreY] = [toPixelX(pose, x, y), toPixelY(pose, x, y)]
  const [halfX, halfY] = [BOX.x * pose.scale, BOX.y * pose.scale]
  const [left, right] = [Math.max(1, Math.round(centreX - halfX)), Math.min(width - 1, centreX + halfX)]
  const [top, bottom] = [Math.max(1, Math.round(centreY - halfY)), Math.min(height - 1, centreY + halfY)]
  let [sum, count] = [0, 0]
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * width + column
      const beside = frame[at - 1] + frame[at + 1] + frame[at - width] + frame[at + width]
      sum += Math.abs(4 * frame[at] - beside)
      count++
    }
  }
  return sum / Math.max(1, count)
}
