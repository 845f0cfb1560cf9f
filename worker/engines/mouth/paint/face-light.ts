import type { Basis } from '#worker/engines/vision/basis'
import { clamp } from '#worker/engines/vision/numbers'

/** Mesh points on both cheeks beside the mouth, of which the warp keeps some. */
const CHEEKS = [205, 425, 207, 427, 187, 411, 50, 280]
/** Luma of a well lit face of medium skin. */
const WELL_LIT = 150

/**
 * How light a face is in its video: 1 for a well lit one. The square root, because dark skin in good light
 * must not dim the teeth as a dark room does.
 */
export function faceLight(
  frame: Uint8Array,
  { width, height }: { width: number; height: number },
  face: Float32Array,
  basis: Basis,
): number {
  let sum = 0
  let count = 0
  for (const meshPoint of CHEEKS) {
    const vertex = basis.vertexOf(meshPoint)
    if (vertex === undefined) continue
    const x = clamp(Math.round(face[1 + 2 * vertex]), 0, width - 1)
    const y = clamp(Math.round(face[2 + 2 * vertex]), 0, height - 1)
    sum += frame[y * width + x]
    count++
  }
  return count === 0 ? 1 : clamp(Math.sqrt(sum / count / WELL_LIT), 0.35, 1.1)
}
