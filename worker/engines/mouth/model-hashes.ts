import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('models', import.meta.url))

/** The start of each network's SHA-256, by its file's name: a render goes on only with the networks it began with. */
export async function hashModels(): Promise<Record<string, string>> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.onnx')).sort()
  const files = await Promise.all(names.map((name) => readFile(`${FOLDER}/${name}`)))
  const hash = (file: Buffer) => createHash('sha256').update(file).digest('hex').slice(0, 16)
  return Object.fromEntries(names.map((name, n) => [name, hash(files[n])]))
}
