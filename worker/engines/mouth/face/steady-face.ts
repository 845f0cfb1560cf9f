import { type AnalysisFile, recordLength } from '#worker/engines/vision/analysis-file'
import type { Basis } from '#worker/engines/vision/basis'
import { facePose } from '#worker/engines/vision/mouth-measures'

/** Bends of a point's path below this, in face units, count as the tracker's trembling. */
const TREMBLE = 0.012

/**
 * The record of a frame with the tracker's trembling taken out: a point whose path hardly bends is averaged
 * with its neighbours in time, one that really moves is left where it was seen. It looks both ways, so that nothing
 * lags behind. The next call reuses the record.
 */
export function createFaceSteadier(analysis: AnalysisFile, basis: Basis, length: number) {
  const record = recordLength(basis.kept.length)
  const steady = new Float32Array(record)
  return async (index: number): Promise<Float32Array> => {
    const first = Math.min(Math.max(0, index - 1), Math.max(0, length - 3))
    const block = await analysis.read(first, Math.min(3, length))
    const at = (n: number) => block.subarray((n - first) * record, (n - first + 1) * record)
    steady.set(at(index))
    if (length < 2) return steady
    // A clip is played back from its end: the frame after the last is the one before it.
    const [before, after] = [index === 0 ? 1 : index - 1, index === length - 1 ? length - 2 : index + 1]
    if (at(before)[0] === 0 || at(index)[0] === 0 || at(after)[0] === 0) return steady
    const scale = facePose(at(index), basis).scale * TREMBLE
    smooth(at(before), at(index), at(after), scale, steady)
    return steady
  }
}

function smooth(
  before: Float32Array,
  now: Float32Array,
  after: Float32Array,
  tremble: number,
  out: Float32Array,
) {
  for (let n = 1; n < now.length; n += 2) {
    const bendX = before[n] - 2 * now[n] + after[n]
    const bendY = before[n + 1] - 2 * now[n + 1] + after[n + 1]
    const share = Math.exp(-(bendX * bendX + bendY * bendY) / (tremble * tremble)) / 4
    out[n] += bendX * share
    out[n + 1] += bendY * share
  }
}
