import type { Basis } from '#worker/engines/vision/basis'
import { toPixelX, toPixelY } from '#worker/engines/vision/landmarks'
import { facePose } from '#worker/engines/vision/mouth-measures'

export interface OutsideMeter {
  /** Compares one frame's luma outside the mouth's surroundings. */
  push(result: Uint8Array, source: Uint8Array, face: Float32Array): void
  /** PSNR in dB over all frames, and of the worst frame; 100 where nothing differs. */
  value(): { psnr: number; worst: number }
}

/** What an encoder smears across the edge of a change: one macroblock, in pixels. */
const SMEAR = 16
/** The warp stands still from this height on, in face units below the line of the eyes. */
const TOP = 0.1

/**
 * Measures what a render changed where it had nothing to change: everything but the lower face, which is the face's
 * outline grown as far as the warp's outer ring, below the eyes.
 */
export function createOutsideMeter(
  { width, height }: { width: number; height: number },
  basis: Basis,
): OutsideMeter {
  const spans = new Int32Array(2 * height)
  let [sum, count, worst] = [0, 0, 100]
  return {
    push(result, source, face) {
      mouthSpans(face, basis, { width, height }, spans)
      let [squares, pixels] = [0, 0]
      for (let y = 0; y < height; y++) {
        const row = y * width
        for (let x = 0; x < width; x++) {
          if (x === spans[2 * y]) x = spans[2 * y + 1]
          if (x >= width) break
          const difference = result[row + x] - source[row + x]
          squares += difference * difference
          pixels++
        }
      }
      sum += squares
      count += pixels
      worst = Math.min(worst, decibels(squares / Math.max(1, pixels)))
    },
    value: () => ({ psnr: decibels(sum / Math.max(1, count)), worst }),
  }
}

/**
 * First pixel and one past the last of the mouth's surroundings in each row, -1 and -1 where it has none.
 * A frame without a face (score 0) has nothing to leave out.
 */
export function mouthSpans(
  face: Float32Array,
  basis: Basis,
  { width, height }: { width: number; height: number },
  spans: Int32Array,
): void {
  spans.fill(-1)
  if (face[0] === 0) return
  const outline = surroundings(face, basis)
  for (let n = 0; n < outline.length; n++) {
    const [ax, ay] = outline[n]
    const [bx, by] = outline[(n + 1) % outline.length]
    const [top, bottom] = [Math.min(ay, by), Math.max(ay, by)]
    const first = Math.max(0, Math.floor(top) - SMEAR)
    const last = Math.min(height - 1, Math.ceil(bottom) + SMEAR)
    for (let y = first; y <= last; y++) {
      const share = bottom - top < 1e-6 ? 0.5 : (Math.min(bottom, Math.max(top, y)) - ay) / (by - ay)
      const ends = bottom - top < 1 ? [ax, bx] : [ax + (bx - ax) * share]
      for (const x of ends) widen(spans, y, x, width)
    }
  }
}

function widen(spans: Int32Array, y: number, x: number, width: number) {
  const from = Math.min(width, Math.max(0, Math.floor(x) - SMEAR))
  const to = Math.min(width, Math.max(0, Math.ceil(x) + SMEAR))
  if (spans[2 * y] < 0 || from < spans[2 * y]) spans[2 * y] = from
  if (to > spans[2 * y + 1]) spans[2 * y + 1] = to
}

/** The outline of the face scaled to the warp's first still ring, cut off at the eyes. Pixels. */
function surroundings(face: Float32Array, basis: Basis): [number, number][] {
  const pose = facePose(face, basis)
  const centreX = toPixelX(pose, 0, basis.middleY)
  const centreY = toPixelY(pose, 0, basis.middleY)
  const ring = basis.rings[0]
  return basis.outline.map((vertex) => {
    const x = centreX + (face[1 + 2 * vertex] - centreX) * ring
    const y = centreY + (face[2 + 2 * vertex] - centreY) * ring
    const along = ((x - pose.x) * pose.cos + (y - pose.y) * pose.sin) / pose.scale
    const down = ((y - pose.y) * pose.cos - (x - pose.x) * pose.sin) / pose.scale
    const kept = Math.max(TOP, down)
    return [toPixelX(pose, along, kept), toPixelY(pose, along, kept)]
  })
}

function decibels(meanSquare: number): number {
  return meanSquare === 0 ? 100 : Math.min(100, 10 * Math.log10(255 ** 2 / meanSquare))
}
