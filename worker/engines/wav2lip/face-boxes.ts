import { type AnalysisFile, recordLength } from '#worker/engines/vision/analysis-file'
import type { Basis } from '#worker/engines/vision/basis'

/** Left, top, right and bottom of the face in each frame, in picture pixels: four values a frame. */
export type FaceBoxes = Float32Array

/** Pixels added below the chin: Wav2Lip's pads are 0, 10, 0, 0. */
const PAD_BELOW = 10
/** Boxes are averaged over so many frames. */
const SMOOTHED_FRAMES = 5
const BLOCK_FRAMES = 64

/**
 * The boxes that Wav2Lip cuts faces out by, from the tracked outline: forehead to chin and ear to ear, padded, inside
 * the picture, averaged over 5 frames. The average is centred, where the published one looks ahead, so that the box
 * of a moving head doesn't run before it. Frames without a face take the nearest earlier box, else the first one.
 */
export async function readFaceBoxes(
  analysis: AnalysisFile,
  basis: Basis,
  length: number,
  picture: { width: number; height: number },
): Promise<FaceBoxes> {
  const record = recordLength(basis.kept.length)
  const boxes = new Float32Array(4 * length)
  let firstSeen = -1
  for (let first = 0; first < length; first += BLOCK_FRAMES) {
    const count = Math.min(BLOCK_FRAMES, length - first)
    const block = await analysis.read(first, count)
    for (let n = 0; n < count; n++) {
      const frame = first + n
      const face = block.subarray(n * record, (n + 1) * record)
      if (face[0] !== 0) {
        boxes.set(boxOf(face, basis, picture), 4 * frame)
        if (firstSeen < 0) firstSeen = frame
      } else if (firstSeen >= 0) {
        boxes.copyWithin(4 * frame, 4 * (frame - 1), 4 * frame)
      }
    }
  }
  for (let frame = 0; frame < firstSeen; frame++)
    boxes.copyWithin(4 * frame, 4 * firstSeen, 4 * firstSeen + 4)
  return smoothed(boxes, length)
}

function boxOf(
  face: Float32Array,
  basis: Basis,
  { width, height }: { width: number; height: number },
): number[] {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (const vertex of basis.outline) {
    const x = face[1 + 2 * vertex]
    const y = face[2 + 2 * vertex]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  return [Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom + PAD_BELOW)]
}

function smoothed(boxes: FaceBoxes, length: number): FaceBoxes {
  const out = new Float32Array(boxes.length)
  const reach = (SMOOTHED_FRAMES - 1) / 2
  for (let frame = 0; frame < length; frame++) {
    const from = Math.max(0, frame - reach)
    const to = Math.min(length - 1, frame + reach)
    for (let side = 0; side < 4; side++) {
      let sum = 0
      for (let n = from; n <= to; n++) sum += boxes[4 * n + side]
      out[4 * frame + side] = sum / (to - from + 1)
    }
  }
  return out
}
