import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectUpload } from '#core/asset/intake'
import { uploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { measureSound } from '#core/media/sound'
import { ffmpeg } from '#test/setup/ffmpeg'
import { sample } from '#test/setup/worker'

/*
 * Kinds of files that people really have, from public reports of programs like this one, each with what is right.
 */

const limits = uploadLimits({} as NodeJS.ProcessEnv)
const phone = (name: string) => path.resolve('test/fixtures/phone', name)
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'greenroom-reports-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const inspect = (file: string, kind: AssetKind) => inspectUpload(file, kind, limits)

/** Two seconds of a talking presenter, small, in another form. */
async function made(name: string, ...output: string[]): Promise<string> {
  const file = path.join(folder, name)
  const source = ['-i', sample('presenter_kofi_720x1280_talking.mp4'), '-t', '2', '-s', '90x160']
  await ffmpeg(...source, ...output, file)
  return file
}

describe('as a speech', () => {
  test.each([
    ['two_tracks_first_silent.m4a', { index: 1, codec: 'aac' }],
    ['apac_first.m4a', { index: 1, codec: 'aac' }],
    ['cover_as_video_stream.m4a', { index: 0, codec: 'aac' }],
    ['browser_recording.webm', { index: 0, codec: 'opus' }],
    ['video_as_speech.mp4', { index: 1, codec: 'aac' }],
  ])('%s: the sound that counts is %o', async (name, audio) => {
    const { probe } = await inspect(phone(name), 'speech')
    expect(probe.audio).toMatchObject(audio)
    expect(probe.durationSeconds).toBeCloseTo(2, 0)
  })

  test('a still is no video where there is sound', async () => {
    expect((await inspect(phone('cover_as_video_stream.m4a'), 'speech')).probe.video).toBeNull()
  })

  test.each([
    ['aiff', 'aiff', 'pcm_s16be', []],
    ['caf', 'caf', 'pcm_s16be', []],
    ['au', 'au', 'pcm_s16be', []],
    ['w64', 'w64', 'pcm_s16le', []],
    ['wma', 'wmv', 'wmav2', []],
    ['mka', 'mkv', 'opus', ['-c:a', 'libopus']],
    ['ac3', 'ac3', 'ac3', []],
    ['eac3', 'eac3', 'eac3', []],
    ['mp2', 'mp2', 'mp2', []],
    ['opus', 'ogg', 'opus', []],
    ['spx', 'ogg', 'speex', ['-ar', '16000', '-ac', '1']],
    ['3gp', '3gp', 'aac', ['-c:a', 'aac']],
    ['mts', 'ts', 'ac3', ['-c:a', 'ac3', '-f', 'mpegts']],
  ])('%s is taken as %s with %s', async (ending, container, codec, how) => {
    const { probe } = await inspect(await made(`voice.${ending}`, '-vn', ...how), 'speech')
    expect(probe).toMatchObject({ container, audio: { codec } })
    expect(Math.abs(probe.durationSeconds - 2)).toBeLessThan(0.15)
  })

  test('stereo whose sides cancel each other is noticed, ordinary stereo and silence are not', async () => {
    const turned = await made('turned.wav', '-vn', '-af', 'pan=stereo|c0=c0|c1=-1*c0')
    const stereo = await made('stereo.wav', '-vn', '-af', 'pan=stereo|c0=c0|c1=0.5*c0')
    const measured = async (file: string) => measureSound(file, (await inspect(file, 'speech')).probe)
    expect(await measured(turned)).toMatchObject({ inverted: true })
    expect(await measured(stereo)).toMatchObject({ inverted: false })
    expect(await measured(path.resolve('test/fixtures/awkward/audio_silence.mp3'))).toMatchObject({
      inverted: false,
    })
  })
})

describe('as a presenter', () => {
  test.each([
    ['cam.m2t', 'ts', 'h264', []],
    ['cam.mpg', 'mpg', 'mpeg2video', []],
    ['phone.3gp', '3gp', 'h264', []],
    ['hlg.mov', 'mov', 'hevc', []],
    ['m2ts', 'ts', 'h264', ['-c:v', 'libx264', '-f', 'mpegts', '-mpegts_m2ts_mode', '1']],
    ['vob', 'mpg', 'mpeg2video', []],
    ['wmv', 'wmv', 'wmv2', ['-c:v', 'wmv2']],
    ['mxf', 'mxf', 'mpeg2video', ['-c:v', 'mpeg2video', '-ar', '48000', '-c:a', 'pcm_s16le']],
    ['gif', 'gif', 'gif', ['-r', '10', '-an']],
    ['ogv', 'ogg', 'theora', []],
  ])('%s is taken as %s with %s', async (name, container, codec, how) => {
    const file = name.includes('.') ? phone(name) : await made(`cam.${name}`, ...how)
    const { probe } = await inspect(file, 'presenter')
    expect(probe).toMatchObject({ container, video: { codec, still: false } })
    expect(probe.durationSeconds).toBeGreaterThan(0.8)
  })

  test.each(['photo.jpg', 'photo.png', 'photo.webp'])('%s is a still of a second', async (name) => {
    const { probe } = await inspect(phone(name), 'presenter')
    expect(probe).toMatchObject({
      durationSeconds: 1,
      video: { still: true, width: 320, height: 180, fpsNum: 25, fpsDen: 1 },
    })
  })

  test('a picture that can be seen through is known as one', async () => {
    const file = path.join(folder, 'alpha.mov')
    const source = ['-f', 'lavfi', '-i', 'color=red@0.3:s=64x64:d=0.3,format=yuva444p10le']
    await ffmpeg(...source, '-c:v', 'prores_ks', '-profile:v', '4444', file)
    expect((await inspect(file, 'presenter')).probe.video).toMatchObject({ alpha: true, codec: 'prores' })
    expect((await inspect(phone('photo.jpg'), 'presenter')).probe.video).toMatchObject({ alpha: false })
  })

  test.each([
    ['tiny48.mp4', 'too_small', /48x48.*at least 64/],
    ['slide_0.33fps.mp4', 'too_few_pictures', /0\.33 frames.*as a photo/],
  ])('%s is refused, and why is said: %s', async (name, code, message) => {
    await expect(inspect(phone(name), 'presenter')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test('what drops frames keeps the rate that it is meant to have', async () => {
    const { video } = (await inspect(phone('vfr.mp4'), 'presenter')).probe
    expect(video).toMatchObject({ nominalFps: 25, fpsNum: 325, fpsDen: 23 })
  })
})
