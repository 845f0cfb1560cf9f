import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

const FOLDERS = ['../vision/models', 'speech/models']

/** The start of each network's SHA-256, by its file's name: a render goes on only with the networks it began with. */
export async function hashModels(): Promise<Record<string, string>> {
  const folders = FOLDERS.map((folder) => join(import.meta.dirname, folder))
  const all = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  )
  const paths = all.flat().filter((path) => path.endsWith('.onnx'))
  const files = await Promise.all(paths.map((path) => readFile(path)))
  const hash = (file: Buffer) => createHash('sha256').update(file).digest('hex').slice(0, 16)
  return Object.fromEntries(paths.map((path, n) => [basename(path), hash(files[n])]))
}
