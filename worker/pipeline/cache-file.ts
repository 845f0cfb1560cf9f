import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { translateFileError } from './file-error.ts'

/**
 * Makes a cached file: `write` fills a temporary neighbour, which then takes the name at once. Two renders
 * that make the same file don't disturb each other; the last one wins with equal content.
 */
export async function writeCacheFile(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await write(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    translateFileError(error)
  }
}
