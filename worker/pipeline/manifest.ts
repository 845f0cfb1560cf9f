import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { translateFileError } from './file-error.ts'

const segment = z.object({
  file: z.string().regex(/^[a-z0-9-]+\.mp4$/),
  frames: z.number().int().positive(),
  bytes: z.number().int().positive(),
  sha256: z.string(),
})

const manifest = z.object({
  version: z.literal(1),
  /** All that decides on the frames: another render with the same facts has the same frames. */
  facts: z.json(),
  framesDone: z.number().int(),
  segments: z.array(segment),
})

/** A closed segment: some of the result's frames as an mp4 of their own. */
export type Segment = z.infer<typeof segment>
export type Manifest = z.infer<typeof manifest>

const NAME = 'manifest.json'

/** Null where there is none, or it is torn or from another version. */
export async function readManifest(dir: string): Promise<Manifest | null> {
  const text = await readFile(join(dir, NAME), 'utf8').catch(() => '')
  try {
    return manifest.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Replaces the manifest, whole or not at all, also where the power fails. */
export async function writeManifest(dir: string, content: Manifest): Promise<void> {
  const temporary = join(dir, `manifest.${randomUUID()}.part`)
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(`${JSON.stringify(content, null, 1)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(dir, NAME))
    await syncFolder(dir)
  } catch (error) {
    await rm(temporary, { force: true })
    translateFileError(error)
  }
}

/** Gives a written file its name, so that it is there whole or not at all, and describes it. */
export async function closeSegment(
  temporary: string,
  path: string,
): Promise<{ bytes: number; sha256: string }> {
  try {
    const file = await open(temporary, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    const facts = await describeFile(temporary)
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return facts
  } catch (error) {
    return translateFileError(error)
  }
}

/** Size and hash of a file. */
export async function describeFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
    }
  })
  return { bytes, sha256: hash.digest('hex') }
}

/** Makes a rename itself durable; Windows can't open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
