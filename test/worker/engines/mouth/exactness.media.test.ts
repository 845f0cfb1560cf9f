import { readFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { decodedSeconds, probeResult } from '#test/worker/engines/probes'
import {
  awkward,
  cutSpeech,
  makeClip,
  presenter,
  type Rendered,
  renderOn,
  setUpStage,
  speech,
} from '#test/worker/engines/stage'

const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })

/** Frame count, length, rate and size of a result, all counted by decoding it. */
async function expectExact({ input, result }: Rendered, rate: string, size: [number, number]) {
  const { video, audio } = await probeResult(input.outputPath)
  const seconds = await decodedSeconds(input.audioPath)
  expect(result.frames).toBe(Math.round(seconds * result.fps))
  expect(Number(video.nb_read_frames)).toBe(result.frames)
  expect(Math.abs(Number(video.duration) - seconds)).toBeLessThanOrEqual(1 / result.fps)
  expect(Math.abs(Number(audio.duration) - seconds)).toBeLessThanOrEqual(1 / result.fps)
  expect([Number(video.start_time), Number(audio.start_time)]).toEqual([0, 0])
  expect([video.r_frame_rate, video.width, video.height]).toEqual([rate, ...size])
  expect([result.width, result.height]).toEqual(size)
  expect([video.codec_name, video.pix_fmt, audio.codec_name]).toEqual(['h264', 'yuv420p', 'aac'])
}

test('a video shorter than the speech is looped to its length', async () => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 2.31)
  const kofi = presenter('presenter_kofi_720x1280_talking.mp4')
  const short = await makeClip(stage, 'short.mp4', '-t', '1', '-i', kofi, '-c', 'copy')
  const rendered = await renderOn(stage, cut, short)
  await expectExact(rendered, '25/1', [720, 1280])
  const { video } = await probeResult(rendered.input.outputPath)
  expect([video.color_space, video.color_range]).toEqual(['bt709', 'tv'])
  const bytes = await readFile(rendered.input.outputPath)
  expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
})

test('a video longer than the speech is cut', async () => {
  const cut = await cutSpeech(stage, speech('speech_zh_short.wav'), 0.9)
  const viktor = presenter('presenter_viktor_1920x1080.mp4')
  const longer = await makeClip(stage, 'longer.mp4', '-t', '2', '-i', viktor, '-c', 'copy')
  const rendered = await renderOn(stage, cut, longer)
  await expectExact(rendered, '25/1', [1920, 1080])
})

test.for<[string, string, [number, number]]>([
  ['rotated_metadata_90.mp4', '25/1', [640, 360]],
  ['variable_frame_rate.mp4', '25/1', [640, 360]],
  ['fps_59_94.mp4', '60000/1001', [640, 360]],
  ['hevc.mov', '25/1', [640, 360]],
  ['vp9.webm', '25/1', [640, 360]],
  ['odd_size_641x361_yuv444.mp4', '25/1', [640, 360]],
  ['video_without_audio.mp4', '25/1', [640, 360]],
  ['face_leaves_frame.mp4', '25/1', [640, 360]],
])('%s is rendered', async ([file, rate, size]) => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 1.3)
  await expectExact(await renderOn(stage, cut, awkward(file)), rate, size)
})

/** A small video of half a second, where the sound alone is looked at. */
const brief = () =>
  makeClip(stage, 'brief.mp4', '-t', '0.6', '-i', awkward('video_without_audio.mp4'), '-vf', 'scale=320:180')

test.for<[string, number]>([
  ['audio_silence.mp3', 1],
  ['audio_8khz_mono.wav', 1],
  ['audio_24bit_96khz.wav', 2],
  ['audio_surround_5_1.m4a', 2],
])('%s is a usable speech', async ([file, channels]) => {
  const rendered = await renderOn(stage, awkward(file), await brief())
  await expectExact(rendered, '25/1', [320, 180])
  const { audio } = await probeResult(rendered.input.outputPath)
  expect(audio.channels).toBe(channels)
})

test('damaged stretches of a speech are silent, and its length stays', async () => {
  const { input, result } = await renderOn(stage, awkward('audio_corrupt.mp3'), await brief())
  const { audio } = await probeResult(input.outputPath)
  expect(Math.abs(result.durationSeconds - 2.35)).toBeLessThanOrEqual(1 / result.fps)
  expect(Math.abs(Number(audio.duration) - 2.35)).toBeLessThanOrEqual(1 / result.fps)
})
