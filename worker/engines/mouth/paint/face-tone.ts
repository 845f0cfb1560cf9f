import type { Basis } from '#worker/engines/vision/basis'
import { clamp } from '#worker/engines/vision/numbers'
import { faceLight } from './face-light.ts'

/** The light on a face, as far as what is drawn into it has to agree with it. */
export interface FaceTone {
  /** How light the face is: see `faceLight`. */
  light: number
  /** How much lighter the side at greater x is than the middle, -0.3 to 0.3. */
  side: number
  /** Chroma of teeth in this light: as far from grey as the light that gives the skin its colour leaves them. */
  u: number
  v: number
}

/** Mesh points on the cheeks, from the forehead's sides down to the mouth's: at smaller x, then at greater. */
const SIDES = [
  [205, 207, 187, 50],
  [425, 427, 411, 280],
]
/** How much of the skin's distance from grey teeth share. */
const SHARED = { u: 0.55, v: 0.25 }

export function faceTone(
  frame: Uint8Array,
  shape: { width: number; height: number },
  face: Float32Array,
  basis: Basis,
): FaceTone {
  const [left, right] = SIDES.map((points) => meanColour(frame, shape, face, basis, points))
  const chroma = (value: 'u' | 'v') => 128 + SHARED[value] * ((left[value] + right[value]) / 2 - 128)
  const side = (right.y - left.y) / Math.max(16, right.y + left.y)
  return {
    light: faceLight(frame, shape, face, basis),
    ...{ side: clamp(side, -0.3, 0.3), u: chroma('u'), v: chroma('v') },
  }
}

function meanColour(
  frame: Uint8Array,
  { width, height }: { width: number; height: number },
  face: Float32Array,
  basis: Basis,
  points: number[],
) {
  const sum = { y: 0, u: 0, v: 0 }
  const kept = points.map(basis.vertexOf).filter((vertex) => vertex !== undefined)
  const [halfWidth, blue] = [width >> 1, width * height]
  const red = blue + halfWidth * (height >> 1)
  for (const vertex of kept) {
    const x = clamp(Math.round(face[1 + 2 * vertex]), 0, width - 1)
    const y = clamp(Math.round(face[2 + 2 * vertex]), 0, height - 1)
    const at = Math.min(y >> 1, (height >> 1) - 1) * halfWidth + Math.min(x >> 1, halfWidth - 1)
    sum.y += frame[y * width + x] / kept.length
    sum.u += frame[blue + at] / kept.length
    sum.v += frame[red + at] / kept.length
  }
  return sum
}
