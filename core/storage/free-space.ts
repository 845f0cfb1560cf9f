import { statfs } from 'node:fs/promises'
import { env } from '#core/env'

/** Bytes that are free on the disk of DATA_DIR. */
export async function freeDiskBytes(dataDir: string = env().DATA_DIR): Promise<number> {
  const { bavail, bsize } = await statfs(dataDir)
  return bavail * bsize
}
