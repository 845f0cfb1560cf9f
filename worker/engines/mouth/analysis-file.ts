import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { translateFileError } from '../../pipeline/file-error.ts'

/** A presenter video's faces, one record a frame: score (0 where there is none), then x and y of each point. */
export interface AnalysisFile {
  frames: number
  /** Whether the analysis reached the end of the video. */
  complete: boolean
  /** Reads `count` records in one buffer that the next read reuses. */
  read(first: number, count: number): Promise<Float32Array>
  close(): Promise<void>
}

const MAGIC = 0x47524641
const HEADER_BYTES = 24
const BLOCK_FRAMES = 64

/** Floats of one record. */
export function recordLength(points: number): number {
  return 1 + 2 * points
}

/** Writes records as they come. The header, with their count and checksum, is written last. */
export async function writeAnalysis(
  path: string,
  layout: { version: number; points: number },
  records: AsyncIterable<Float32Array>,
  isComplete: (frames: number) => boolean,
): Promise<void> {
  const file = await open(path, 'w').catch(translateFileError)
  try {
    let checksum = 0
    let frames = 0
    let position = HEADER_BYTES
    for await (const record of records) {
      const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
      await file.write(bytes, 0, bytes.length, position).catch(translateFileError)
      checksum = crc32(bytes, checksum)
      position += bytes.length
      frames++
    }
    const header = Buffer.alloc(HEADER_BYTES)
    const values = [MAGIC, layout.version, layout.points, frames, isComplete(frames) ? 1 : 0, checksum]
    values.forEach((value, n) => {
      header.writeUInt32LE(value, 4 * n)
    })
    await file.write(header, 0, HEADER_BYTES, 0).catch(translateFileError)
  } finally {
    await file.close()
  }
}

/** Opens an analysis, or gives null where it is missing, of another version, or damaged. */
export async function openAnalysis(
  path: string,
  layout: { version: number; points: number },
): Promise<AnalysisFile | null> {
  const file = await open(path, 'r').catch(() => null)
  if (!file) return null
  const header = Buffer.alloc(HEADER_BYTES)
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0)
  const [magic, version, points, frames, complete, checksum] = [0, 1, 2, 3, 4, 5].map((n) =>
    header.readUInt32LE(4 * n),
  )
  const length = recordLength(layout.points)
  const analysis = { frames, complete: complete === 1, ...reader(file, length), close: () => file.close() }
  const known = magic === MAGIC && version === layout.version && points === layout.points
  if (bytesRead === HEADER_BYTES && known && (await isWhole(analysis, file, length, checksum)))
    return analysis
  await file.close()
  return null
}

function reader(file: FileHandle, length: number): Pick<AnalysisFile, 'read'> {
  let block = new Float32Array(length)
  return {
    async read(first, count) {
      if (block.length < count * length) block = new Float32Array(count * length)
      const bytes = Buffer.from(block.buffer, 0, count * length * 4)
      await file.read(bytes, 0, bytes.length, HEADER_BYTES + first * length * 4)
      return block.subarray(0, count * length)
    },
  }
}

async function isWhole(analysis: AnalysisFile, file: FileHandle, length: number, checksum: number) {
  const { size } = await file.stat()
  if (size !== HEADER_BYTES + analysis.frames * length * 4) return false
  let actual = 0
  for (let first = 0; first < analysis.frames; first += BLOCK_FRAMES) {
    const block = await analysis.read(first, Math.min(BLOCK_FRAMES, analysis.frames - first))
    actual = crc32(Buffer.from(block.buffer, block.byteOffset, block.byteLength), actual)
  }
  return actual === checksum
}
