import type { Patch } from '#worker/engines/mouth/paint/mouth-patch'
import type { Basis } from '#worker/engines/vision/basis'
import { INNER_LOWER, INNER_UPPER } from '#worker/engines/vision/landmarks'
import { facePose, lipOpening, mouthWidth } from '#worker/engines/vision/mouth-measures'
import { clamp } from '#worker/engines/vision/numbers'
import { formOf, type Gesture } from './form.ts'
import type { Region } from './region.ts'
import { outlineSharpness, patchSharpness } from './sharpness.ts'
import { BLACK, COLOUR_VALUES, skinColours } from './skin-colours.ts'

/** One frame's mouth of the presenter's own: its pixels, and what is known of them. */
export interface Unit extends Gesture {
  /** Frame of the clip that it was cut from. */
  index: number
  /** How the head was held, in degrees. */
  yaw: number
  pitch: number
  /** Pixels a face unit. */
  scale: number
  patch: Patch
  /** The mesh in the patch, and room for the strip between the lips: x, y pairs in its pixels, by vertex. */
  points: Float32Array
  form: Float32Array
  /** Colours of the skin around it. */
  colours: Float32Array
  /** Luma of the lips, and of what is between them at four heights of nine columns, over the skin's. */
  lips: Float32Array
  inside: Float32Array
  /** Height of the dark between the teeth, as a share of the gap; the middle where there is none. */
  dark: number
  /** How much shut lips show teeth or a gap: about 0 where they really meet. */
  parted: number
  /** How sharp the whole of it is, and the lips' outline alone. */
  sharpness: number
  outlineSharpness: number
}

/** Heights at which the inside is looked at, as shares of the gap. */
const HEIGHTS = [0.2, 0.4, 0.6, 0.8]

/** Describes a mouth that was cut out of a frame with this face. */
export function describeUnit(
  { index, patch, yaw, pitch }: Pick<Unit, 'index' | 'patch' | 'yaw' | 'pitch'>,
  face: Float32Array,
  { basis, region, restingWidth }: { basis: Basis; region: Region; restingWidth: number },
): Unit {
  const pose = facePose(face, basis)
  const gesture = { opening: lipOpening(face, basis), width: mouthWidth(face, basis) }
  const points = new Float32Array(2 * region.points)
  for (let k = 0; k < 2 * basis.kept.length; k += 2) {
    points[k] = face[1 + k] - patch.x
    points[k + 1] = face[2 + k] - patch.y
  }
  const colours = new Float32Array(COLOUR_VALUES * region.skin.length)
  skinColours(patch.data, patch, points, region, pose.scale, colours)
  const look = lookAt(patch, skinLuma(colours))
  return {
    ...{ index, patch, yaw, pitch, ...gesture, scale: pose.scale, points, colours },
    form: formOf(face, basis, region, gesture, restingWidth),
    lips: Float32Array.from(region.lips, (vertex) => look(points[2 * vertex], points[2 * vertex + 1])),
    inside: insideOf(points, basis, look),
    dark: darkHeight(points, basis, look),
    parted: partedness(patch, points, basis, pose),
    sharpness: patchSharpness(patch),
    outlineSharpness: outlineSharpness(patch.data, patch, points, region, pose.scale),
  }
}

/** Mean luma over black of skin colours. */
function skinLuma(colours: Float32Array): number {
  let sum = 0
  for (let k = 0; k < colours.length; k += COLOUR_VALUES) sum += colours[k]
  return Math.exp((COLOUR_VALUES * sum) / colours.length)
}

/** Luma at a place of a patch, over the skin's. */
function lookAt(patch: Patch, skin: number) {
  return (x: number, y: number) => (lumaAt(patch, x, y) - BLACK) / skin
}

function lumaAt({ data, width, height }: Patch, x: number, y: number): number {
  return data[clamp(Math.round(y), 0, height - 1) * width + clamp(Math.round(x), 0, width - 1)]
}

/** Luma at a place in pixels of the patch, over the skin's. */
type Look = (x: number, y: number) => number

function insideOf(points: Float32Array, basis: Basis, look: Look): Float32Array {
  return Float32Array.from(
    INNER_UPPER.flatMap((point, column) => {
      const [upper, lower] = [2 * basis.vertexOf(point), 2 * basis.vertexOf(INNER_LOWER[column])]
      const along = (k: number, share: number) =>
        points[upper + k] + (points[lower + k] - points[upper + k]) * share
      return HEIGHTS.map((share) => look(along(0, share), along(1, share)))
    }),
  )
}

/** Heights at which the dark is looked for, and the columns; less contrast than this, of the skin's luma, is none. */
const DARK = { heights: 9, from: 0.15, to: 0.85, columns: [2, 3, 4, 5, 6], contrast: 0.12 }

/** The mean of the heights, each weighted by how much darker than the lightest half it is. */
function darkHeight(points: Float32Array, basis: Basis, look: Look): number {
  const heights = Array.from(
    { length: DARK.heights },
    (_, k) => DARK.from + ((DARK.to - DARK.from) * k) / (DARK.heights - 1),
  )
  const luma = heights.map((height) => {
    const values = DARK.columns.map((column) => {
      const [upper, lower] = [
        2 * basis.vertexOf(INNER_UPPER[column]),
        2 * basis.vertexOf(INNER_LOWER[column]),
      ]
      const along = (k: number) => points[upper + k] + (points[lower + k] - points[upper + k]) * height
      return look(along(0), along(1))
    })
    return values.reduce((sum, value) => sum + value, 0) / values.length
  })
  const [darkest, lightest] = [Math.min(...luma), Math.max(...luma)]
  if (lightest - darkest < DARK.contrast) return 0.5
  const weights = luma.map((value) => Math.max(0, (darkest + lightest) / 2 - value))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.reduce((sum, weight, k) => sum + weight * heights[k], 0) / total
}

/** How far from the seam the lips are looked at, and how far from it teeth and gaps are looked for, in face units. */
const LIP = 0.045
const SEAM = { reach: 0.03, step: 0.005 }
/** Darker than this share of the darker lip is a gap. Shut lips have a dark line of this width. */
const GAP = { share: 0.62, black: 14, line: 0.008 }
/** What is lighter than both lips by this share of the lighter one counts as teeth: 1 for it. */
const TEETH = 0.06

/**
 * Looks across the seam between the lips in seven columns: the tracker says 0 for parted lips with teeth between them.
 * What is lighter than the lighter lip is teeth, what is dark for long is a gap.
 */
function partedness(
  patch: Patch,
  points: Float32Array,
  basis: Basis,
  pose: { sin: number; cos: number; scale: number },
) {
  let [light, dark] = [0, 0]
  const columns = INNER_UPPER.length - 2
  for (let column = 1; column <= columns; column++) {
    const upper = 2 * basis.vertexOf(INNER_UPPER[column])
    const lower = 2 * basis.vertexOf(INNER_LOWER[column])
    const x = (points[upper] + points[lower]) / 2
    const y = (points[upper + 1] + points[lower + 1]) / 2
    const across = (d: number) => lumaAt(patch, x - d * pose.sin * pose.scale, y + d * pose.cos * pose.scale)
    const [above, below] = [across(-LIP), across(LIP)]
    const lighter = Math.max(above, below)
    let lightest = 0
    for (let d = -SEAM.reach; d <= SEAM.reach + 1e-6; d += SEAM.step) {
      const luma = across(d)
      lightest = Math.max(lightest, luma)
      if (luma - GAP.black < GAP.share * (Math.min(above, below) - GAP.black)) dark += SEAM.step
    }
    light += Math.max(0, lightest - lighter) / Math.max(20, lighter)
  }
  return light / columns / TEETH + Math.max(0, dark / columns - GAP.line) / GAP.line
}
