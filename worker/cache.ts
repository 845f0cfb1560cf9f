import { readdir, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'

/** How much of what can be made again is kept, and for how long after its last use. */
export interface CacheLimits {
  maxBytes: number
  maxAgeMs: number
}

interface CachedFile {
  path: string
  bytes: number
  usedAt: number
}

/** Used within this time, a file may be open somewhere that the database knows nothing of, such as a terminal. */
const RECENT_MS = 3600_000

/** Every file of the cache is named by the content hash of the speech or video that it was made of. */
const hashOf = (file: string): string => path.basename(file).split(/[-.]/)[0]

/** Notes that the cached files of these contents are used now: a file's time of change is that of its last use. */
export async function markUsed(dir: string, hashes: string[]): Promise<void> {
  const now = new Date()
  for (const file of await filesIn(dir).catch(() => [])) {
    if (hashes.includes(hashOf(file))) await utimes(file, now, now).catch(() => {})
  }
}

/**
 * Removes what was last used too long ago, what a write that broke off has left, and, from the least recently used on,
 * what is too much. Whatever is of a content in use stays, even where that is too much already. Returns what went.
 */
export async function pruneCache(
  dir: string,
  { maxBytes, maxAgeMs }: CacheLimits,
  contentsInUse: () => Promise<Set<string>>,
): Promise<{ files: number; bytes: number }> {
  const files = await filesByUse(dir)
  // Asked for after the listing: a job that starts later marks its files, which is seen below.
  const inUse = await contentsInUse()
  const now = Date.now()
  const went = { files: 0, bytes: 0 }
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const file of files) {
    const age = now - file.usedAt
    if (age < RECENT_MS) break
    const stale = age > maxAgeMs || file.path.endsWith('.tmp')
    if ((!stale && total <= maxBytes) || inUse.has(hashOf(file.path))) continue
    if ((await describe(file.path))?.usedAt !== file.usedAt) continue
    await rm(file.path, { force: true })
    total -= file.bytes
    went.files++
    went.bytes += file.bytes
  }
  return went
}

/** A SHA-256 in hex, which is what contents are named by. */
const CONTENT = /^[0-9a-f]{64}$/

/**
 * Removes what was made of speeches and videos that nobody has any more. `known`: those of some hashes that somebody
 * still has. Returns how many files went.
 */
export async function forgetContents(
  dir: string,
  known: (hashes: string[]) => Promise<Set<string>>,
): Promise<number> {
  const byContent = Map.groupBy(await filesIn(dir), hashOf)
  const hashes = [...byContent.keys()].filter((hash) => CONTENT.test(hash))
  const kept = hashes.length > 0 ? await known(hashes) : new Set()
  const forgotten = hashes.filter((hash) => !kept.has(hash)).flatMap((hash) => byContent.get(hash)!)
  for (const file of forgotten) await rm(file, { force: true })
  return forgotten.length
}

/** The least recently used first. */
async function filesByUse(dir: string): Promise<CachedFile[]> {
  const found: CachedFile[] = []
  for (const file of await filesIn(dir)) {
    const described = await describe(file)
    if (described) found.push(described)
  }
  return found.sort((a, b) => a.usedAt - b.usedAt)
}

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

/** Null where it has gone meanwhile. */
async function describe(file: string): Promise<CachedFile | null> {
  const found = await stat(file).catch(() => null)
  return found && { path: file, bytes: found.size, usedAt: found.mtimeMs }
}
