import type { Basis } from '#worker/engines/vision/basis'
import { INNER_LOWER, INNER_UPPER } from '#worker/engines/vision/landmarks'
import { clamp, percentile } from '#worker/engines/vision/numbers'
import type { Region } from './region.ts'
import { COLOUR_VALUES } from './skin-colours.ts'
import { stripColumn } from './strip.ts'

/** What makes a unit's colours those of the frame that it is put into, by vertex: a factor of luma, offsets of chroma. */
export interface Tone {
  gain: Float32Array
  blue: Float32Array
  red: Float32Array
}

export function emptyTone({ points }: Region): Tone {
  return { gain: new Float32Array(points), blue: new Float32Array(points), red: new Float32Array(points) }
}

/** How far a point's ratio of light may be from the middle one: beyond it is a shadow or a hair, not the light. */
const NEAR_MIDDLE = 0.25
const GAIN = { min: -0.7, max: 0.5 }
const MAX_OFFSET = 12

/**
 * The tone of a unit in a frame, from the colours of the skin around both. Between the points it is a mean that the
 * nearest ones weigh most in: a Poisson clone on the mesh, as it were. What is between the lips has the tone of the lips
 * above and below.
 */
export function findTone(
  basis: Basis,
  region: Region,
  frame: Float32Array,
  unit: Float32Array,
  out: Tone,
): void {
  const { skin, skinWeights, vertices } = region
  const count = skin.length
  const ratios = Float32Array.from(skin, (_, k) => frame[COLOUR_VALUES * k] - unit[COLOUR_VALUES * k])
  const middle = percentile(ratios, 0.5)
  for (let k = 0; k < count; k++) ratios[k] = clamp(ratios[k], middle - NEAR_MIDDLE, middle + NEAR_MIDDLE)
  for (const vertex of vertices) {
    let [gain, blue, red] = [0, 0, 0]
    for (let k = 0; k < count; k++) {
      const weight = skinWeights[vertex * count + k]
      const at = COLOUR_VALUES * k
      gain += weight * ratios[k]
      blue += weight * (frame[at + 1] - unit[at + 1])
      red += weight * (frame[at + 2] - unit[at + 2])
    }
    out.gain[vertex] = Math.exp(clamp(gain, GAIN.min, GAIN.max))
    out.blue[vertex] = clamp(blue, -MAX_OFFSET, MAX_OFFSET)
    out.red[vertex] = clamp(red, -MAX_OFFSET, MAX_OFFSET)
  }
  for (const [column, point] of INNER_UPPER.entries()) {
    const [upper, lower] = [basis.vertexOf(point), basis.vertexOf(INNER_LOWER[column])]
    const { from, to } = stripColumn(basis, column)
    for (const values of [out.gain, out.blue, out.red])
      values.fill((values[upper] + values[lower]) / 2, from, to)
  }
}
