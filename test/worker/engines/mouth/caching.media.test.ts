import { execFile } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { frameHashes } from '#test/worker/engines/probes'
import { awkward, cutSpeech, inputFor, renderOn, setUpStage, speech } from '#test/worker/engines/stage'
import type { RenderInput } from '#worker/engine-contract/engine'

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

test('progress rises and names the stages in order', async () => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 2)
  const { progress } = await renderOn(stage, cut, awkward('fps_59_94.mp4'))
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
  const rendering = progress.filter((state) => state.stage === 'render' && state.frames !== null)
  expect(rendering.length).toBeGreaterThan(2)
  expect(rendering.every((state) => state.frames === 120 && state.framesDone <= 120)).toBe(true)
})

test('a second render takes speech and face from the cache, and comes out the same', async () => {
  const cut = await cutSpeech(stage, speech('speech_zh_short.wav'), 1.6)
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
  const cut = await cutSpeech(stage, speech('speech_zh_short.wav'), 1.4)
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

test('another ffmpeg reuses neither analysis, nor curves, nor segments', async () => {
  const audio = await cutSpeech(stage, speech('speech_zh_short.wav'), 1.2)
  const input = {
    ...(await inputFor(stage, audio, awkward('video_without_audio.mp4'))),
    ...{ cacheDir: join(stage.folder, 'other-cache'), checkpointDir: join(stage.folder, 'other-checkpoint') },
  }
  const other = join(stage.folder, 'other-ffmpeg')
  const script = `[ "$1" = -version ] && echo ffmpeg version 99.9 other && exit; exec ${ffmpegPath()} "$@"`
  await writeFile(other, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const filesAfter = async (FFMPEG_PATH: string) => {
    const lines = await renderInChild(input, { FFMPEG_PATH })
    const names = await readdir(input.cacheDir, { recursive: true })
    return { resumed: lines.some((line) => line.startsWith('resumed')), names: new Set(names) }
  }
  const first = await filesAfter(ffmpegPath())
  const again = await filesAfter(ffmpegPath())
  expect([first.resumed, again]).toEqual([false, { resumed: true, names: first.names }])
  const changed = await filesAfter(other)
  expect(changed.resumed).toBe(false)
  for (const ending of ['.faces', '.curves']) {
    const fresh = [...changed.names].filter((name) => name.endsWith(ending) && !first.names.has(name))
    expect(fresh).toHaveLength(1)
  }
})

/** Renders in a process of its own, because an ffmpeg is found once a process. Returns what it prints. */
async function renderInChild(input: RenderInput, env: Record<string, string>): Promise<string[]> {
  const script = join(import.meta.dirname, 'render-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(input)], {
    env: { ...process.env, ...env },
  })
  return stdout.split('\n')
}
