import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** How large a log may become, how many older pieces are kept beside it, and how often it is looked at. */
const LIMITS = { maxBytes: 10_000_000, kept: 4, everyMs: 5_000 }
type Limits = typeof LIMITS

/** Says that a process is at it. One that is so old was left behind. */
const BUSY = '.rotating'
const BUSY_MS = 60_000

/**
 * Keeps the logs of DATA_DIR/logs small, now and every few seconds. Several processes write to one file and have it open
 * for appending, so a large one is copied to `NAME.1` and emptied, and not replaced; the pieces before it move on. A line
 * that is written between copy and cut is lost.
 */
export function keepLogsSmall(dataDir: string, limits: Limits = LIMITS): NodeJS.Timeout {
  const folder = join(dataDir, 'logs')
  const look = () => void rotateLogs(folder, limits).catch(() => {})
  look()
  return setInterval(look, limits.everyMs).unref()
}

/** Looks once. Of several processes at once, one does it. */
export async function rotateLogs(folder: string, limits: Limits = LIMITS): Promise<void> {
  const large: string[] = []
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    if (name.endsWith('.log') && (await stat(file)).size > limits.maxBytes) large.push(file)
  }
  if (large.length === 0) return
  const busy = join(folder, BUSY)
  const since = await stat(busy).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  if (since > 0 && Date.now() - since > BUSY_MS) await rm(busy, { force: true })
  const mark = await open(busy, 'wx').catch(() => null)
  if (!mark) return
  try {
    for (const file of large) await rotate(file, limits)
  } finally {
    await mark.close()
    await rm(busy, { force: true })
  }
}

async function rotate(file: string, { maxBytes, kept }: Limits): Promise<void> {
  // Whoever was faster has done it.
  if ((await stat(file)).size <= maxBytes) return
  for (let piece = kept - 1; piece >= 1; piece--)
    await rename(`${file}.${piece}`, `${file}.${piece + 1}`).catch(() => {})
  const from = await open(file, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    await copyTail(from, `${file}.1`, maxBytes)
    await from.truncate()
  } finally {
    await from.close()
  }
}

/** The newest `maxBytes`: a log that grew faster than it was looked at leaves no larger piece than any other. */
async function copyTail(from: FileHandle, path: string, maxBytes: number): Promise<void> {
  const to = await open(path, 'wx', 0o600)
  try {
    const { size } = await from.stat()
    const buffer = Buffer.alloc(2 ** 20)
    for (let at = Math.max(0, size - maxBytes); at < size; ) {
      const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, size - at), at)
      if (bytesRead === 0) return
      await to.write(buffer, 0, bytesRead)
      at += bytesRead
    }
  } finally {
    await to.close()
  }
}
