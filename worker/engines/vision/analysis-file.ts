import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { translateFileError } from '#worker/pipeline/file-error'

/**
 * A presenter video's faces, one record a frame: score (0 where there is none), then x and y of each point. After
 * them come the looks: a few bytes a frame that say whether its face can be used.
 */
export interface AnalysisFile {
  frames: number
  /** Whether the analysis reached the end of the video. */
  complete: boolean
  /** Reads `count` records in one buffer that the next read reuses. */
  read(first: number, count: number): Promise<Float32Array>
  /** The looks of all frames, one after another. */
  looks(): Promise<Uint8Array>
  close(): Promise<void>
}

const MAGIC = 0x47524641
const HEADER_BYTES = 24
const BLOCK_FRAMES = 64

export interface Layout {
  version: number
  points: number
  /** Bytes of one look. */
  lookBytes: number
}

/** One frame of an analysis; both parts are reused by the next one. */
export interface FaceRecord {
  record: Float32Array
  look: Uint8Array
}

/** Floats of one record. */
export function recordLength(points: number): number {
  return 1 + 2 * points
}

/** Writes records as they come, then the looks. The header, with their count and checksum, is written last. */
export async function writeAnalysis(
  path: string,
  layout: Layout,
  faces: AsyncIterable<FaceRecord>,
  isComplete: (frames: number) => boolean,
): Promise<void> {
  const file = await open(path, 'w').catch(translateFileError)
  try {
    let checksum = 0
    let position = HEADER_BYTES
    const append = async (bytes: Buffer) => {
      await file.write(bytes, 0, bytes.length, position).catch(translateFileError)
      checksum = crc32(bytes, checksum)
      position += bytes.length
    }
    const looks: Buffer[] = []
    // Written in blocks: to wait for the disk after each frame would hold up the tracking.
    let block: Buffer[] = []
    for await (const { record, look } of faces) {
      block.push(Buffer.copyBytesFrom(record))
      looks.push(Buffer.from(look))
      if (block.length < BLOCK_FRAMES) continue
      await append(Buffer.concat(block))
      block = []
    }
    await append(Buffer.concat([...block, ...looks]))
    const header = Buffer.alloc(HEADER_BYTES)
    const complete = isComplete(looks.length) ? 1 : 0
    const values = [MAGIC, layout.version, layout.points, looks.length, complete, checksum]
    values.forEach((value, n) => {
      header.writeUInt32LE(value, 4 * n)
    })
    await file.write(header, 0, HEADER_BYTES, 0).catch(translateFileError)
  } finally {
    await file.close()
  }
}

/** Opens an analysis, or gives null where it is missing, of another version, or damaged. */
export async function openAnalysis(path: string, layout: Layout): Promise<AnalysisFile | null> {
  const file = await open(path, 'r').catch(() => null)
  if (!file) return null
  const header = Buffer.alloc(HEADER_BYTES)
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0)
  const [magic, version, points, frames, complete, checksum] = [0, 1, 2, 3, 4, 5].map((n) =>
    header.readUInt32LE(4 * n),
  )
  const analysis: AnalysisFile = {
    ...{ frames, complete: complete === 1, close: () => file.close() },
    ...readers(file, frames, layout),
  }
  const known = magic === MAGIC && version === layout.version && points === layout.points
  if (bytesRead === HEADER_BYTES && known && (await isWhole(analysis, file, layout, checksum)))
    return analysis
  await file.close()
  return null
}

function readers(file: FileHandle, frames: number, layout: Layout): Pick<AnalysisFile, 'read' | 'looks'> {
  const length = recordLength(layout.points)
  let block = new Float32Array(length)
  return {
    async read(first, count) {
      if (block.length < count * length) block = new Float32Array(count * length)
      const bytes = Buffer.from(block.buffer, 0, count * length * 4)
      await file.read(bytes, 0, bytes.length, HEADER_BYTES + first * length * 4)
      return block.subarray(0, count * length)
    },
    async looks() {
      const bytes = new Uint8Array(frames * layout.lookBytes)
      await file.read(bytes, 0, bytes.length, HEADER_BYTES + frames * length * 4)
      return bytes
    },
  }
}

async function isWhole(analysis: AnalysisFile, file: FileHandle, layout: Layout, checksum: number) {
  const { frames } = analysis
  const { size } = await file.stat()
  if (size !== HEADER_BYTES + frames * (recordLength(layout.points) * 4 + layout.lookBytes)) return false
  let actual = 0
  for (let first = 0; first < frames; first += BLOCK_FRAMES) {
    const block = await analysis.read(first, Math.min(BLOCK_FRAMES, frames - first))
    actual = crc32(Buffer.from(block.buffer, block.byteOffset, block.byteLength), actual)
  }
  return crc32(await analysis.looks(), actual) === checksum
}
