import type { FaceRecord } from './analysis-file.ts'

/** A tracker that loses a face has it again after so many frames, or it was gone. */
const MAX_LOST = 3
/** Points that moved on average by more than this share of the face's width are another face, or another scene. */
const MAX_MOVE = 0.25

/** Score of a face that was put into its frame: below any that is seen, so that nothing is learnt from it. */
const PUT_IN = 0.25

/**
 * Puts a face into the few frames in which the tracker lost it, between where it was and where it came back: a frame
 * without one would cost all the frames of two fades. Yields as many records as it takes, each reused by the next one.
 */
export async function* bridgeLosses(faces: AsyncIterable<FaceRecord>): AsyncGenerator<FaceRecord> {
  let last: FaceRecord | null = null
  let lost = 0
  for await (const face of faces) {
    const seen = face.record[0] !== 0
    if (!seen && last && lost < MAX_LOST) {
      lost++
      continue
    }
    if (last && lost > 0) yield* filled(last, seen ? face : null, lost)
    lost = 0
    last = seen ? { record: face.record.slice(), look: face.look.slice() } : null
    yield face
  }
  if (last && lost > 0) yield* filled(last, null, lost)
}

/** What stands for lost frames: faces between those before and after them, or none. */
function* filled(before: FaceRecord, after: FaceRecord | null, lost: number): Generator<FaceRecord> {
  const same = after !== null && isNear(before.record, after.record)
  for (let n = 1; n <= lost; n++) {
    const share = n / (lost + 1)
    const record = before.record.map((value, k) => (same ? value + (after.record[k] - value) * share : 0))
    const look = before.look.map((value, k) =>
      same ? Math.round(value + (after.look[k] - value) * share) : 0,
    )
    if (same) record[0] = PUT_IN
    yield { record, look }
  }
}

/** Whether a record's face was seen by the tracker, and not put between others. */
export function isSeen(record: Float32Array): boolean {
  return record[0] > PUT_IN
}

function isNear(a: Float32Array, b: Float32Array): boolean {
  let [move, left, right] = [0, Infinity, -Infinity]
  for (let k = 1; k < a.length; k += 2) {
    move += Math.hypot(a[k] - b[k], a[k + 1] - b[k + 1])
    left = Math.min(left, a[k])
    right = Math.max(right, a[k])
  }
  return move / ((a.length - 1) / 2) <= MAX_MOVE * (right - left)
}
