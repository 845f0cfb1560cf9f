import { readFile, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Patch } from '#worker/engines/mouth/paint/mouth-patch'
import { writeCacheFile } from '#worker/pipeline/cache-file'
import { translateFileError } from '#worker/pipeline/file-error'

/** What of a clip's mouths is kept in the cache: the rest is known from the analysis. */
export interface CutMouths {
  mouths: { index: number; patch: Patch }[]
  /** Colours of the skin in each frame, one frame after another. */
  colours: Float16Array
}

const MAGIC = 0x47524d55
/** Raise when what is cut out, or which of it is chosen, changes: older cache files are then passed over. */
export const BANK_VERSION = 2
const HEADER_BYTES = 20
const MOUTH_BYTES = 20

/**
 * Header (magic, version, mouths, colour values, checksum), then of each mouth its frame, place and size, then the
 * colours, then the pixels, mouth by mouth.
 */
export async function writeBank(path: string, { mouths, colours }: CutMouths): Promise<void> {
  const table = Buffer.alloc(MOUTH_BYTES * mouths.length)
  for (const [n, { index, patch }] of mouths.entries()) {
    for (const [k, value] of [index, patch.x, patch.y, patch.width, patch.height].entries())
      table.writeUInt32LE(value, MOUTH_BYTES * n + 4 * k)
  }
  const body = [table, Buffer.from(colours.buffer), ...mouths.map(({ patch }) => patch.data)]
  const header = Buffer.alloc(HEADER_BYTES)
  const checksum = body.reduce((sum, piece) => crc32(piece, sum), 0)
  for (const [n, value] of [MAGIC, BANK_VERSION, mouths.length, colours.length, checksum].entries())
    header.writeUInt32LE(value, 4 * n)
  await writeCacheFile(path, (temporary) => writeFile(temporary, [header, ...body]).catch(translateFileError))
}

/** Null where there is no cached file or it is damaged: it is then made again. */
export async function readBank(path: string): Promise<CutMouths | null> {
  const file = await readFile(path).catch(() => null)
  if (!file || file.length < HEADER_BYTES) return null
  const [magic, version, count, values, checksum] = [0, 1, 2, 3, 4].map((n) => file.readUInt32LE(4 * n))
  if (magic !== MAGIC || version !== BANK_VERSION || crc32(file.subarray(HEADER_BYTES)) !== checksum)
    return null
  let at = HEADER_BYTES + MOUTH_BYTES * count
  const colours = new Float16Array(values)
  Buffer.from(colours.buffer).set(file.subarray(at, at + 2 * values))
  at += 2 * values
  const mouths = Array.from({ length: count }, (_, n) => {
    const [index, x, y, width, height] = [0, 1, 2, 3, 4].map((k) =>
      file.readUInt32LE(HEADER_BYTES + MOUTH_BYTES * n + 4 * k),
    )
    const bytes = (width * height * 3) / 2
    const patch = { x, y, width, height, data: file.subarray(at, at + bytes) }
    at += bytes
    return { index, patch }
  })
  return { mouths, colours }
}
