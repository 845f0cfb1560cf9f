import { readdir, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runningBelow } from '#test/setup/processes'
import {
  awkward,
  cutSpeech,
  failureOf,
  inputFor,
  presenter,
  renderOn,
  setUpStage,
  speech,
} from '#test/worker/engines/stage'
import type { Stage as RenderStage } from '#worker/engine-contract/engine'
import { createMouthEngine } from '#worker/engines/mouth/mouth'

const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })

const failure = (audio: string, video: string) => failureOf(renderOn(stage, audio, video))

test('a video without a face is refused, with the share of frames that show one', async () => {
  const error = await failure(awkward('audio_8khz_mono.wav'), awkward('no_face_colour_bars.mp4'))
  expect(error).toMatchObject({ code: 'no_face', params: { percent: 0, needed: 20 }, transient: false })
})

test('a video that breaks off is refused, saying which file and where', async () => {
  const error = await failure(awkward('audio_8khz_mono.wav'), awkward('truncated_middle.mp4'))
  expect(error).toMatchObject({ code: 'media_unreadable', params: { role: 'presenter' }, transient: false })
  expect(error.params.seconds).toBeLessThan(1)
})

test.for([
  ['truncated_no_moov.mp4', 'media_unreadable'],
  ['hls_playlist_renamed.mp4', 'media_unreadable'],
  ['ten_hours_declared.mp4', 'unsupported_media'],
])('%s as a presenter is refused as %s', async ([file, code]) => {
  expect(await failure(awkward('audio_8khz_mono.wav'), awkward(file))).toMatchObject({ code })
})

test('a speech without sound is refused', async () => {
  const error = await failure(awkward('video_without_audio.mp4'), awkward('video_without_audio.mp4'))
  expect(error).toMatchObject({ code: 'no_audio', params: { role: 'speech' } })
})

test('a device that is not there is refused at load, not replaced', async () => {
  await expect(createMouthEngine().load('cuda:0')).rejects.toThrow(/cuda:0/)
})

test.for<RenderStage>(['speech', 'face', 'render'])(
  'an abort during %s ends it there, with nothing left',
  async (when) => {
    const audio = await cutSpeech(stage, speech('speech_en_long.mp3'), when === 'speech' ? 40 : 9)
    const input = await inputFor(stage, audio, presenter('presenter_viktor_1920x1080.mp4'))
    const cacheDir = `${input.scratchDir}-cache`
    const abort = new AbortController()
    const reason = new Error('cancelled')
    let abortedAt: number | null = null
    let framesAfter = 0
    const started = stage.engine.render(
      { ...input, cacheDir },
      {
        signal: abort.signal,
        onProgress: ({ stage: now, framesDone }) => {
          if (abortedAt !== null) framesAfter = framesDone - abortedAt
          if (abortedAt !== null || now !== when || (when !== 'speech' && framesDone < 5)) return
          abortedAt = framesDone
          abort.abort(reason)
        },
      },
    )
    await expect(started).rejects.toBe(reason)
    expect(framesAfter).toBeLessThan(30)
    expect(runningBelow('ffmpeg')).toEqual([])
    await expect(stat(input.outputPath)).rejects.toThrow(/ENOENT/)
    const cached = await readdir(cacheDir, { recursive: true }).catch(() => [])
    expect(cached.filter((name) => name.endsWith('.tmp'))).toEqual([])
  },
)

test.for(['window.yuv', 'result.mp4'])(
  'a disk that fills up while %s is written is said so',
  async (file) => {
    const input = await inputFor(stage, awkward('audio_8khz_mono.wav'), awkward('video_without_audio.mp4'))
    await symlink('/dev/full', join(input.scratchDir, file))
    const { signal } = new AbortController()
    const started = stage.engine.render(input, { signal, onProgress: () => {} })
    await expect(started).rejects.toMatchObject({ code: 'disk_full', transient: false })
    await expect(stat(input.outputPath)).rejects.toThrow(/ENOENT/)
  },
)

test('an encoder that the system kills counts as out of memory, to be tried again', async () => {
  const input = await inputFor(stage, speech('speech_en_short.wav'), awkward('video_without_audio.mp4'))
  let killed = false
  const started = stage.engine.render(input, {
    signal: new AbortController().signal,
    onProgress: ({ stage: now, framesDone }) => {
      if (killed || now !== 'render' || framesDone < 5) return
      killed = true
      for (const pid of runningBelow('ffmpeg')) process.kill(pid, 'SIGKILL')
    },
  })
  await expect(started).rejects.toMatchObject({ code: 'out_of_memory', transient: true })
})
