import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { removeUpload } from '#core/asset/abandoned'
import { db } from '#core/db'
import { diskStorage } from '#core/storage/disk'
import { dataLayout } from '#core/storage/layout'
import { carryOutRemovals } from '#core/trash/removals'
import type { RenderJob } from '#prisma/client'

/** Writes some bytes under a path of the data folder. */
export function write(dataDir: string, file: string): void {
  const target = path.join(dataDir, file)
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, 'some bytes')
}

/** All files of the data folder, sorted, as paths within it. */
export function filesIn(dataDir: string): string[] {
  const entries = existsSync(dataDir) ? readdirSync(dataDir, { recursive: true, withFileTypes: true }) : []
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => path.relative(dataDir, path.join(parentPath, name)))
    .sort()
}

/** Files as of an asset that was uploaded, inspected and analysed; returns them. */
export async function writeAssetFiles(dataDir: string, id: string): Promise<string[]> {
  const { sha256 } = await db().asset.findUniqueOrThrow({ where: { id } })
  const files = [
    `cache/faces/${sha256}-v1.faces`,
    ...['source.mp4', 'thumbnail.jpg', 'preview.mp4'].map((name) => `storage/assets/${id}/${name}`),
  ]
  for (const file of files) write(dataDir, file)
  return files
}

/** Ends a waiting job of the row as if it had been rendered, with its files; returns them. */
export async function renderedFiles(dataDir: string, { id }: RenderJob): Promise<string[]> {
  const keys = { resultKey: `results/${id}/video.mp4`, resultThumbKey: `results/${id}/video.jpg` }
  const ended = { state: 'succeeded', finishedAt: new Date(), resultBytes: 1000n, ...keys } as const
  await db().renderJob.update({ where: { id }, data: ended })
  await db().$executeRaw`DELETE FROM pgboss.job WHERE data->>'jobId' = ${id}`
  const files = Object.values(keys).map((key) => `storage/${key}`)
  for (const file of files) write(dataDir, file)
  return files
}

/** What a worker does with the files of what was deleted for good. */
export function carryOut(dataDir: string): Promise<number> {
  const { storage, uploads } = dataLayout(dataDir)
  const remove = (folder: string) =>
    folder.startsWith('uploads/')
      ? removeUpload(uploads, path.basename(folder))
      : diskStorage(storage).removeFolder(folder)
  return carryOutRemovals(remove, (_folder, error) => {
    throw error
  })
}
