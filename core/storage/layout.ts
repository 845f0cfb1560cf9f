import { access, constants, mkdir } from 'node:fs/promises'
import path from 'node:path'

export type DataLayout = {
  /** Assets and results: what is worth a backup. */
  storage: string
  /** What running and waiting jobs have rendered so far, a folder each; beside the assets, for any worker to go on. */
  checkpoints: string
  /** Uploads that are still arriving. */
  uploads: string
  /** What can be made again. */
  cache: string
  /** Files of work in progress. On the same file system as `storage`, so that finishing is one rename. */
  scratch: string
  logs: string
}

/** The folders under DATA_DIR. */
export function dataLayout(dataDir: string): DataLayout {
  const root = path.resolve(dataDir)
  return {
    storage: path.join(root, 'storage'),
    checkpoints: path.join(root, 'storage', 'checkpoints'),
    uploads: path.join(root, 'uploads'),
    cache: path.join(root, 'cache'),
    scratch: path.join(root, 'scratch'),
    logs: path.join(root, 'logs'),
  }
}

/** Makes the folders under DATA_DIR, or says in plain English which one can't be written. */
export async function prepareDataDir(dataDir: string): Promise<DataLayout> {
  const layout = dataLayout(dataDir)
  for (const folder of Object.values(layout)) {
    try {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK)
    } catch (cause) {
      throw new Error(`DATA_DIR: the folder ${folder} can't be written`, { cause })
    }
  }
  return layout
}
