/** Side of the face crop that the mesh network takes. */
const SIZE = 192
/** The part of it that tells people apart and that neither speech nor a hand changes: brow, eyes, nose, hair. */
const PART = { left: 24, top: 12, columns: 12, rows: 9, cell: 12 }
const CELLS = PART.columns * PART.rows

/** A rough picture of a face: mean red, green and blue of each cell, over the mean brightness of all. */
export type Portrait = Float32Array

/** Paints the portrait of the face in a crop (three planes of 192 x 192, 0..1). */
export function portraitOf(planes: Float32Array, out: Portrait = new Float32Array(3 * CELLS)): Portrait {
  const { left, top, columns, cell } = PART
  let total = 0
  for (let n = 0; n < CELLS; n++) {
    const x = left + (n % columns) * cell
    const y = top + Math.floor(n / columns) * cell
    for (let plane = 0; plane < 3; plane++) {
      let sum = 0
      for (let v = y + 1; v < y + cell; v += 3)
        for (let u = x + 1; u < x + cell; u += 3) sum += planes[plane * SIZE * SIZE + v * SIZE + u]
      out[3 * n + plane] = sum
      total += sum
    }
  }
  const scale = out.length / Math.max(1e-3, total)
  for (let k = 0; k < out.length; k++) out[k] *= scale
  return out
}

/** How different two portraits are: about 0.05 for neighbouring frames, above 0.3 for most other people. */
export function portraitDistance(a: Portrait, b: Portrait): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += Math.abs(a[k] - b[k])
  return sum / a.length
}

/** Moves a portrait a little towards what is seen, as light and pose change. */
export function refresh(portrait: Portrait, seen: Portrait, share: number): void {
  for (let k = 0; k < portrait.length; k++) portrait[k] += (seen[k] - portrait[k]) * share
}
