import type { Basis } from '#worker/engines/vision/basis'
import { facePose } from '#worker/engines/vision/mouth-measures'
import type { Affine } from '#worker/engines/vision/yuv-image'
import type { Region } from './region.ts'

/** What a face's mouth does beside its form. Lengths in face units. */
export interface Gesture {
  opening: number
  width: number
}

/**
 * The points of a record with its opening taken out and its width made the resting one: what is left is how this mouth
 * is formed otherwise, seen as the head is held. x, y pairs in pixels, by vertex.
 */
export function neutralPoints(
  face: Float32Array,
  basis: Basis,
  { opening, width }: Gesture,
  restingWidth: number,
  out: Float32Array,
): void {
  const { cos, sin, scale } = facePose(face, basis)
  out.set(face.subarray(1))
  const wider = width - restingWidth
  for (const vertex of basis.moving) {
    const k = 2 * vertex
    const dx = -opening * basis.perOpening[k] - wider * basis.perWidth[k]
    const dy = -opening * basis.perOpening[k + 1] - wider * basis.perWidth[k + 1]
    out[k] += (dx * cos - dy * sin) * scale
    out[k + 1] += (dx * sin + dy * cos) * scale
  }
}

/** The affine map of the mean face that comes nearest to points, by least squares over the region's `fit`. */
export function fitMeanFace({ mean }: Basis, { fit }: Region, points: Float32Array): Affine {
  const centre = { weight: 0, x: 0, y: 0, toX: 0, toY: 0 }
  for (const { vertex, weight } of fit) {
    centre.weight += weight
    centre.x += weight * mean[2 * vertex]
    centre.y += weight * mean[2 * vertex + 1]
    centre.toX += weight * points[2 * vertex]
    centre.toY += weight * points[2 * vertex + 1]
  }
  const { weight: total } = centre
  const [mx, my, tx, ty] = [centre.x, centre.y, centre.toX, centre.toY].map((sum) => sum / total)
  let [xx, xy, yy, xToX, yToX, xToY, yToY] = [0, 0, 0, 0, 0, 0, 0]
  for (const { vertex, weight } of fit) {
    const [x, y] = [mean[2 * vertex] - mx, mean[2 * vertex + 1] - my]
    const [toX, toY] = [points[2 * vertex] - tx, points[2 * vertex + 1] - ty]
    xx += weight * x * x
    xy += weight * x * y
    yy += weight * y * y
    xToX += weight * x * toX
    yToX += weight * y * toX
    xToY += weight * x * toY
    yToY += weight * y * toY
  }
  const det = xx * yy - xy * xy
  const [a, b] = [(xToX * yy - yToX * xy) / det, (yToX * xx - xToX * xy) / det]
  const [d, e] = [(xToY * yy - yToY * xy) / det, (yToY * xx - xToY * xy) / det]
  return [a, b, tx - a * mx - b * my, d, e, ty - d * mx - e * my]
}

/**
 * The form of a face's mouth: its points without opening and width, seen from the front as the mean face is. x, y pairs
 * in face units, by vertex.
 */
export function formOf(
  face: Float32Array,
  basis: Basis,
  region: Region,
  gesture: Gesture,
  restingWidth: number,
): Float32Array {
  const form = new Float32Array(2 * basis.kept.length)
  neutralPoints(face, basis, gesture, restingWidth, form)
  const [a, b, c, d, e, f] = fitMeanFace(basis, region, form)
  const det = a * e - b * d
  for (let k = 0; k < form.length; k += 2) {
    const [x, y] = [form[k] - c, form[k + 1] - f]
    form[k] = (e * x - b * y) / det
    form[k + 1] = (a * y - d * x) / det
  }
  return form
}
