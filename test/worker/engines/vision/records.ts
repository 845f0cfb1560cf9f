import { join } from 'node:path'
import type { Folder } from '#test/worker/engines/stage'
import {
  type AnalysisFile,
  openAnalysis,
  recordLength,
  writeAnalysis,
} from '#worker/engines/vision/analysis-file'
import type { Basis } from '#worker/engines/vision/basis'

/** Writes an analysis of one record a frame, each filled by `fill`, or left without a face where that says false. */
export async function writeRecords(
  { folder }: Folder,
  basis: Basis,
  frames: number,
  fill: (record: Float32Array, frame: number) => boolean,
): Promise<AnalysisFile> {
  const layout = { version: 1, points: basis.kept.length, lookBytes: 1 }
  const path = join(folder, 'records.faces')
  async function* faces() {
    for (let frame = 0; frame < frames; frame++) {
      const record = new Float32Array(recordLength(layout.points))
      record[0] = fill(record, frame) ? 1 : 0
      yield { record, look: new Uint8Array(1) }
    }
  }
  await writeAnalysis(path, layout, faces(), () => true)
  return (await openAnalysis(path, layout))!
}
