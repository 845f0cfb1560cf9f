import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { awkward, inputFor, setUpStage, speech } from '#test/worker/engines/stage'
import { closeAnalysis, firstPasses } from '#worker/engines/mouth/first-passes'
import { loadNetworks, type Networks, releaseNetworks } from '#worker/engines/mouth/networks'
import { type Basis, loadBasis } from '#worker/engines/vision/basis'
import { createStageProgress } from '#worker/pipeline/progress'

const stage = setUpStage()
const run = promisify(execFile)
vi.setConfig({ testTimeout: 120_000 })
let loaded: { networks: Networks; basis: Basis }

beforeAll(async () => {
  loaded = { networks: await loadNetworks(), basis: loadBasis() }
})
afterAll(() => releaseNetworks(loaded.networks))

async function passesOf(audioPath: string, videoPath: string) {
  const progress = createStageProgress(() => {})
  try {
    const input = await inputFor(stage, audioPath, videoPath)
    return await firstPasses(loaded, input, new AbortController().signal, progress)
  } finally {
    progress.stop()
  }
}

/** 59.5 s of speech in a file that counts the pause before it as well: it says 60.2 s. */
async function lateSpeech(): Promise<string> {
  const [sound, late] = ['sound.m4a', 'late.mka'].map((name) => join(stage.folder, name))
  const quiet = ['-v', 'error', '-y']
  const source = ['-stream_loop', '-1', '-i', speech('speech_en_short.wav')]
  await run(ffmpegPath(), [...quiet, ...source, '-t', '59.5', sound])
  await run(ffmpegPath(), [...quiet, '-itsoffset', '0.7', '-i', sound, '-c', 'copy', late])
  return late
}

/** A clip of 70 s at 5 frames a second: more than the minute that is looked at at once. */
async function longVideo(): Promise<string> {
  const path = join(stage.folder, 'long.mp4')
  const input = ['-v', 'error', '-y', '-stream_loop', '-1', '-i', awkward('video_without_audio.mp4')]
  await run(ffmpegPath(), [...input, '-t', '70', '-r', '5', '-vf', 'scale=320:180', path])
  return path
}

test('what takes part of a video is decided by how long the speech is, not by what its file says', async () => {
  const known = await passesOf(await lateSpeech(), await longVideo())
  try {
    expect(known.speech.seconds).toBeCloseTo(59.5, 0)
    expect(known.frames).toBe(Math.round(known.speech.seconds * 5))
    // A minute, not the whole clip: so it will be for the next render, which has the speech from the cache.
    expect(known.presenter.length).toBe(60 * 5)
  } finally {
    await closeAnalysis(known)
  }
})
