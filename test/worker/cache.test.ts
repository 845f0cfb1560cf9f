import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forgetContents, markUsed, pruneCache } from '#worker/cache'

const DAY = 24 * 3600_000
const LIMITS = { maxBytes: 1000, maxAgeMs: 30 * DAY }
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'greenroom-cache-test-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A cached file of 400 bytes that was last used so many days ago. */
async function cached(name: string, days: number): Promise<string> {
  const file = path.join(dir, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, Buffer.alloc(400))
  const at = new Date(Date.now() - days * DAY)
  await utimes(file, at, at)
  return file
}

const prune = (...inUse: string[]) => pruneCache(dir, LIMITS, async () => new Set(inUse))

const names = async () =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()

test('of too much, the least recently used goes, and no more than that', async () => {
  await cached('faces/a-v2.faces', 1)
  await cached('speech/b-v4.mp4', 3)
  await cached('speech/c-v4.mp4', 2)
  expect(await prune()).toEqual({ files: 1, bytes: 400 })
  expect(await names()).toEqual(['a-v2.faces', 'c-v4.mp4'])
  expect(await prune()).toEqual({ files: 0, bytes: 0 })
})

test('what was used too long ago goes, however little there is', async () => {
  await cached('faces/a-v2.faces', 31)
  await cached('faces/b-v2.faces', 29)
  await prune()
  expect(await names()).toEqual(['b-v2.faces'])
})

test('what a running job uses stays, and so does what was used just now', async () => {
  await cached('faces/a-v2-25-1.faces', 40)
  await cached('faces/a-v2-25-1-9-v2.style', 40)
  await cached('speech/b-v4.mp4', 3)
  await cached('speech/c-v4.mp4', 0)
  await cached('speech/d-v4.mp4', 0)
  await prune('a')
  expect(await names()).toEqual(['a-v2-25-1-9-v2.style', 'a-v2-25-1.faces', 'c-v4.mp4', 'd-v4.mp4'])
})

test('using a content again makes its files the last to go', async () => {
  const again = await cached('speech/a-v4.mp4', 20)
  await cached('speech/b-v4.mp4', 10)
  await cached('speech/ab-v4.mp4', 5)
  await markUsed(dir, ['a'])
  expect(Date.now() - (await stat(again)).mtimeMs).toBeLessThan(60_000)
  await prune()
  expect(await names()).toEqual(['a-v4.mp4', 'ab-v4.mp4'])
})

test('what a job takes up between the listing and its turn stays', async () => {
  const taken = await cached('speech/a-v4.mp4', 40)
  await pruneCache(dir, LIMITS, async () => {
    await utimes(taken, new Date(), new Date())
    return new Set()
  })
  expect(await names()).toEqual(['a-v4.mp4'])
})

test('half a file that nobody writes any more goes', async () => {
  await cached('faces/a-v2.faces.5f0c.tmp', 1)
  await cached('faces/b-v2.faces.5f0c.tmp', 0)
  await prune()
  expect(await names()).toEqual(['b-v2.faces.5f0c.tmp'])
})

test('what was made of contents that nobody has any more goes at once; other files are not touched', async () => {
  const [kept, gone] = ['a', 'b'].map((letter) => letter.repeat(64))
  for (const name of [`faces/${kept}-v2.faces`, `faces/${gone}-v2.faces`, `speech/${gone}-v4.f32`])
    await cached(name, 0)
  await cached('modules/abc.cache', 0)
  const asked: string[][] = []
  const known = async (hashes: string[]) => {
    asked.push(hashes)
    return new Set([kept])
  }
  expect(await forgetContents(dir, known)).toBe(2)
  expect(asked.map((hashes) => hashes.toSorted())).toEqual([[kept, gone]])
  expect(await names()).toEqual([`${kept}-v2.faces`, 'abc.cache'])
})
