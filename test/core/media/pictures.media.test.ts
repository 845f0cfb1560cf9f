import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ffprobePath } from '#core/media/binaries'
import { type MediaProbe, probeMedia } from '#core/media/probe'
import { makeThumbnail } from '#core/media/thumbnail'
import { measureWaveform, PeakBlocks } from '#core/media/waveform'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'greenroom-pictures-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const fixture = (name: string) => path.resolve('test/fixtures/awkward', name)

test.each([
  ['rotated_metadata_90.mp4', '480,270'],
  ['odd_size_641x361_yuv444.mp4', '480,270'],
  ['ten_hours_declared.mp4', '320,180'],
  ['hevc.mov', '480,270'],
  ['vp9.webm', '480,270'],
])('the thumbnail of %s is upright and at most 480 pixels long', async (name, size) => {
  const target = path.join(folder, `${name}.jpg`)
  expect(await makeThumbnail(fixture(name), await probeMedia(fixture(name)), target)).toBe(target)
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0', target]
  expect(execFileSync(ffprobePath(), args, { encoding: 'utf8' }).trim()).toBe(`mjpeg,${size}`)
})

test('what cannot be decoded gives no thumbnail and leaves no file', async () => {
  const probe = await probeMedia(fixture('hevc.mov'))
  const target = path.join(folder, 'none.jpg')
  expect(await makeThumbnail(fixture('text_renamed.mp4'), probe, target)).toBeNull()
  expect(existsSync(target)).toBe(false)
})

test('an abort ends the thumbnail with its reason', async () => {
  const probe = await probeMedia(fixture('hevc.mov'))
  const reason = new Error('no longer wanted')
  const made = makeThumbnail(fixture('hevc.mov'), probe, path.join(folder, 'a.jpg'), {
    signal: AbortSignal.abort(reason),
  })
  await expect(made).rejects.toBe(reason)
})

test('a waveform has 240 peaks from 0 to 1, and silence is flat', async () => {
  const tone = await measureWaveform(
    fixture('audio_8khz_mono.wav'),
    await probeMedia(fixture('audio_8khz_mono.wav')),
  )
  expect(tone).toHaveLength(240)
  expect(Math.max(...tone!)).toBeGreaterThan(0.1)
  expect(tone!.every((peak) => peak >= 0 && peak <= 1)).toBe(true)
  const silence = await measureWaveform(
    fixture('audio_silence.mp3'),
    await probeMedia(fixture('audio_silence.mp3')),
  )
  expect(Math.max(...silence!)).toBe(0)
})

test('a waveform of nothing decodable is null', async () => {
  const probe: MediaProbe = await probeMedia(fixture('audio_8khz_mono.wav'))
  expect(await measureWaveform(fixture('text_renamed.mp4'), probe)).toBeNull()
})

test('peaks keep their places when samples are cut anywhere and blocks are merged', () => {
  const samples = new Int16Array(8000 * 600)
  samples[0] = -32768
  samples[samples.length / 2] = 16384
  const bytes = Buffer.from(samples.buffer)
  const blocks = new PeakBlocks()
  for (let at = 0; at < bytes.length; at += 65_537) blocks.add(bytes.subarray(at, at + 65_537))
  const peaks = blocks.peaks(10)!
  expect(peaks).toEqual([1, 0, 0, 0, 0, 0.5, 0, 0, 0, 0])
})
