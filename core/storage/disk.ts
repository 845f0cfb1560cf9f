import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { newId } from '#core/ids'
import { checkKey, type Storage } from '#core/storage/storage'

/** Storage in a folder of the local disk. */
export function diskStorage(root: string): Storage {
  const fileOf = (key: string) => path.join(root, checkKey(key))
  const size = async (key: string) => {
    const stats = await stat(fileOf(key)).catch(noneIfMissing)
    return stats?.isFile() ? stats.size : null
  }

  return {
    async put(localPath, key) {
      const target = fileOf(key)
      await mkdir(path.dirname(target), { recursive: true })
      await sync(localPath)
      await moveInto(localPath, target)
      await syncFolder(path.dirname(target))
    },
    async openRead(key, range) {
      return createReadStream(fileOf(key), range)
    },
    size,
    async exists(key) {
      return (await size(key)) !== null
    },
    async remove(key) {
      const file = fileOf(key)
      await rm(file, { force: true })
      // The folder of one asset goes with its last file; any other is not empty and stays.
      await rmdir(path.dirname(file)).catch(() => {})
    },
    async removeFolder(folder) {
      await rm(fileOf(folder), { recursive: true, force: true })
    },
    async localPath(key) {
      return fileOf(key)
    },
  }
}

/** Across file systems a rename is impossible: copy beside the target first, so that it still appears whole. */
async function moveInto(source: string, target: string): Promise<void> {
  try {
    await rename(source, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const partial = `${target}.${newId()}.partial`
    try {
      await copyFile(source, partial)
      await sync(partial)
      await rename(partial, target)
    } finally {
      await rm(partial, { force: true })
    }
    await rm(source, { force: true })
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the rename itself durable; Windows can't open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function noneIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
