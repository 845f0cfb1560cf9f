import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { awkward, cutSpeech, frameHashes, renderOn, setUpStage, speech } from '#test/worker/engines/stage'

const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })

async function cachedFiles(): Promise<string[]> {
  const names = await readdir(stage.cacheDir, { recursive: true })
  const files = await Promise.all(
    names.map(async (name) => ((await stat(join(stage.cacheDir, name))).isFile() ? [name] : [])),
  )
  return files.flat().sort()
}

test('progress comes at least twice a second, rises, and names the stages in order', async () => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 6)
  const { progress } = await renderOn(stage, cut, awkward('fps_59_94.mp4'))
  const gaps = progress.slice(1).map((state, n) => state.at - progress[n].at)
  // Twice a second, but for a hiccup of a busy machine.
  const late = gaps.filter((gap) => gap > 500)
  expect(late.length).toBeLessThanOrEqual(Math.ceil(gaps.length / 10))
  const rises = progress.slice(1).map((state, n) => state.fraction - progress[n].fraction)
  expect(Math.min(...rises)).toBeGreaterThanOrEqual(0)
  expect([progress[0].fraction, progress.at(-1)?.fraction]).toEqual([0, 1])
  expect([...new Set(progress.map((state) => state.stage))]).toEqual([
    'prepare',
    'speech',
    'face',
    'render',
    'mux',
  ])
  const rendering = progress.filter((state) => state.stage === 'render' && state.fps !== null)
  expect(rendering.length).toBeGreaterThan(2)
  expect(rendering.every((state) => state.frames === 360 && state.framesDone <= 360)).toBe(true)
})

test('a second render takes speech and face from the cache, and comes out the same', async () => {
  const cut = await cutSpeech(stage, speech('speech_zh_short.wav'), 3)
  const video = awkward('video_without_audio.mp4')
  const first = await renderOn(stage, cut, video)
  const files = await cachedFiles()
  const written = await Promise.all(
    files.map(async (name) => (await stat(join(stage.cacheDir, name))).mtimeMs),
  )
  const second = await renderOn(stage, cut, video)
  expect(await cachedFiles()).toEqual(files)
  const after = await Promise.all(files.map(async (name) => (await stat(join(stage.cacheDir, name))).mtimeMs))
  expect(after).toEqual(written)
  expect(await frameHashes(second.input.outputPath)).toEqual(await frameHashes(first.input.outputPath))
})

test('damaged cache files are made again', async () => {
  const cut = await cutSpeech(stage, speech('speech_zh_short.wav'), 2.5)
  const video = awkward('hevc.mov')
  const before = await cachedFiles()
  const first = await renderOn(stage, cut, video)
  const fresh = (await cachedFiles()).filter((name) => !before.includes(name) && !name.endsWith('.mp4'))
  expect(fresh.map((name) => name.split('.').at(-1)).sort()).toEqual(
    expect.arrayContaining(['curves', 'faces']),
  )
  const contents = await Promise.all(fresh.map((name) => readFile(join(stage.cacheDir, name))))
  for (const [n, name] of fresh.entries()) {
    const damaged = Buffer.from(contents[n])
    damaged[damaged.length - 3] ^= 0xff
    await writeFile(join(stage.cacheDir, name), damaged)
  }
  const second = await renderOn(stage, cut, video)
  const healed = await Promise.all(fresh.map((name) => readFile(join(stage.cacheDir, name))))
  expect(healed.every((file, n) => file.equals(contents[n]))).toBe(true)
  expect(await frameHashes(second.input.outputPath)).toEqual(await frameHashes(first.input.outputPath))
})

test('two renders at once share one cache', async () => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 1.7)
  const video = awkward('vp9.webm')
  const [a, b] = await Promise.all([renderOn(stage, cut, video), renderOn(stage, cut, video)])
  expect(await frameHashes(a.input.outputPath)).toEqual(await frameHashes(b.input.outputPath))
  expect((await cachedFiles()).filter((name) => name.endsWith('.tmp'))).toEqual([])
})
