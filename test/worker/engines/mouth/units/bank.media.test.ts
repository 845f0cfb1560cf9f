import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { frameHashes } from '#test/worker/engines/probes'
import { cutSpeech, makeClip, presenter, renderOn, setUpStage, speech } from '#test/worker/engines/stage'

const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })

/** The cached files of an ending. */
async function cached(ending: string): Promise<string[]> {
  const names = await readdir(stage.cacheDir, { recursive: true })
  return names.filter((name) => name.endsWith(ending)).map((name) => join(stage.cacheDir, name))
}

test('a bank that is cut while the face is tracked is the one that is cut later, and damaged it is made again', async () => {
  const small = ['-t', '2.4', '-an', '-vf', 'scale=426:240', '-crf', '18']
  const source = presenter('presenter_mei_1280x720_talking_silent.mp4')
  const clip = await makeClip(stage, 'talks.mp4', '-i', source, ...small)
  // Longer than the clip, so that it is played back as well.
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 3.2)
  const first = await frameHashes((await renderOn(stage, cut, clip)).input.outputPath)
  const [path] = await cached('.units')
  const bank = await readFile(path)
  await rm(path)
  expect(await frameHashes((await renderOn(stage, cut, clip)).input.outputPath)).toEqual(first)
  expect((await readFile(path)).equals(bank)).toBe(true)
  const damaged = Buffer.from(bank)
  damaged[damaged.length - 3] ^= 0xff
  await writeFile(path, damaged)
  expect(await frameHashes((await renderOn(stage, cut, clip)).input.outputPath)).toEqual(first)
  expect((await readFile(path)).equals(bank)).toBe(true)
})

test('a presenter whose mouth stays shut has no bank', async () => {
  const small = ['-t', '1', '-an', '-vf', 'scale=426:240']
  const before = await cached('.units')
  const clip = await makeClip(stage, 'silent.mp4', '-i', presenter('presenter_elena_1280x720.mp4'), ...small)
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 0.8)
  expect((await renderOn(stage, cut, clip)).result.frames).toBe(20)
  expect(await cached('.units')).toEqual(before)
})
