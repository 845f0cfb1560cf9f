import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { isId } from '#core/ids'
import { dataLayout } from '#core/storage/layout'

const DAY = 24 * 3600 * 1000

/**
 * Removes uploads to which nothing was added for `olderThanMs` (default 24 h): partial files, and the records
 * of finished ones. Returns how many uploads went. To be called at the web's start and every hour.
 */
export async function removeAbandonedUploads(dataDir: string, olderThanMs: number = DAY): Promise<number> {
  const folder = dataLayout(dataDir).uploads
  const newest = new Map<string, number>()
  const files = new Map<string, string[]>()
  for (const name of await readdir(folder).catch(() => [])) {
    const id = name.split('.')[0]
    const stats = isId(id) ? await stat(path.join(folder, name)).catch(() => undefined) : undefined
    if (!stats) continue
    newest.set(id, Math.max(newest.get(id) ?? 0, stats.mtimeMs))
    files.set(id, [...(files.get(id) ?? []), name])
  }
  const abandoned = [...newest]
    .filter(([, changedAt]) => Date.now() - changedAt >= olderThanMs)
    .map(([id]) => id)
  for (const name of abandoned.flatMap((id) => files.get(id) ?? [])) {
    await rm(path.join(folder, name), { force: true })
  }
  return abandoned.length
}

/** Removes what is there of one upload. */
export async function removeUpload(uploadsDir: string, id: string): Promise<void> {
  for (const name of await readdir(uploadsDir).catch(() => []))
    if (name.split('.')[0] === id) await rm(path.join(uploadsDir, name), { force: true })
}
