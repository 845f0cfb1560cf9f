import { mkdtempSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { diskStorage } from '#core/storage/disk'
import { dataLayout, prepareDataDir } from '#core/storage/layout'

let root: string
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'greenroom-storage-'))
  await prepareDataDir(root)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const storage = () => diskStorage(dataLayout(root).storage)
const local = async (content: string, folder = root) => {
  const file = path.join(folder, `local-${Math.random().toString(36).slice(2)}`)
  await writeFile(file, content)
  return file
}

test('a file moves in, is read whole and in part, is replaced, and goes with its folder', async () => {
  const source = await local('0123456789')
  await storage().put(source, 'assets/a1/source.mp4')
  await expect(readFile(source)).rejects.toThrow('ENOENT')
  expect(await storage().size('assets/a1/source.mp4')).toBe(10)
  expect(await text(await storage().openRead('assets/a1/source.mp4'))).toBe('0123456789')
  expect(await text(await storage().openRead('assets/a1/source.mp4', { start: 2, end: 4 }))).toBe('234')
  await storage().put(await local('new'), 'assets/a1/source.mp4')
  expect(await readFile(await storage().localPath('assets/a1/source.mp4'), 'utf8')).toBe('new')
  await storage().remove('assets/a1/source.mp4')
  await storage().remove('assets/a1/source.mp4')
  expect(await storage().exists('assets/a1/source.mp4')).toBe(false)
  expect(await readdir(path.join(dataLayout(root).storage, 'assets'))).toEqual([])
})

test('a file is on the disk before its name is, and the name before put returns', async () => {
  const steps: string[] = []
  const handle = await open(await local('any'))
  const real = handle.sync
  const spy = vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockImplementation(async function (
    this: FileHandle,
  ) {
    const file = await readlink(`/proc/self/fd/${this.fd}`)
    steps.push(`${path.basename(file)} ${await storage().exists('results/j2/c2.mp4')}`)
    return real.call(this)
  })
  try {
    const source = await local('precious')
    await storage().put(source, 'results/j2/c2.mp4')
    expect(steps).toEqual([`${path.basename(source)} false`, 'j2 true'])
  } finally {
    spy.mockRestore()
    await handle.close()
  }
})

test('a file from another file system comes in whole', async (context) => {
  const other = '/dev/shm'
  const source = await local('from afar', other).catch(() => undefined)
  if (!source) return context.skip()
  await storage().put(source, 'results/j1/c1.mp4')
  expect(await text(await storage().openRead('results/j1/c1.mp4'))).toBe('from afar')
  expect(await readdir(path.join(dataLayout(root).storage, 'results/j1'))).toEqual(['c1.mp4'])
  await expect(readFile(source)).rejects.toThrow('ENOENT')
})

test.each([
  '../secret',
  'assets/../../secret',
  '/etc/passwd',
  'assets//a',
  'assets/.hidden',
  'assets/a\0b',
  'assets\\..\\x',
  'alone',
  '',
])('the key %j is refused everywhere', async (key) => {
  await expect(storage().put(await local('x'), key)).rejects.toThrow('Not a storage key')
  await expect(storage().openRead(key)).rejects.toThrow('Not a storage key')
  await expect(storage().size(key)).rejects.toThrow('Not a storage key')
  await expect(storage().remove(key)).rejects.toThrow('Not a storage key')
  await expect(storage().localPath(key)).rejects.toThrow('Not a storage key')
})

test('a data folder that cannot be made is named', async () => {
  const file = await local('in the way')
  await expect(prepareDataDir(file)).rejects.toThrow(/DATA_DIR: the folder .*storage can't be written/)
})
