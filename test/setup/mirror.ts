import { readFile, writeFile } from 'node:fs/promises'

/** The four ways in which a display matrix mirrors, and ffmpeg's filter that does the same to the pixels. */
export const MIRRORS = {
  hflip: [-1, 0, 0, 1],
  vflip: [1, 0, 0, -1],
  'transpose=cclock_flip': [0, 1, 1, 0],
  'transpose=clock_flip': [0, -1, -1, 0],
}

export type Mirror = keyof typeof MIRRORS

/** Bytes from the type of a track header of version 0 to its matrix. */
const MATRIX_AT = 44

/** Writes a copy of an mp4 or mov whose only track is shown by another display matrix. */
export async function mirrorByMatrix(source: string, target: string, mirror: Mirror): Promise<void> {
  const file = await readFile(source)
  const header = file.indexOf('tkhd')
  const [a, b, c, d] = MIRRORS[mirror].map((value) => value * 0x10000)
  const matrix = [a, b, 0, c, d, 0, 0, 0, 0x40000000]
  matrix.forEach((value, n) => {
    file.writeInt32BE(value, header + MATRIX_AT + 4 * n)
  })
  await writeFile(target, file)
}
