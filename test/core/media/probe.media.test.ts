import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ffmpegPath, mediaToolchain, readVersionLine } from '#core/media/binaries'
import { MediaError } from '#core/media/errors'
import { probeMedia } from '#core/media/probe'

const awkward = path.resolve('test/fixtures/awkward')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'greenroom-probe-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const fixture = (name: string) => path.join(awkward, name)

test('a display matrix turns the size and is told in degrees clockwise', async () => {
  const { video } = await probeMedia(fixture('rotated_metadata_90.mp4'))
  expect(video).toMatchObject({ width: 640, height: 360, codedWidth: 360, codedHeight: 640, rotation: 90 })
})

test('frame rates stay exact fractions', async () => {
  const ntsc = await probeMedia(fixture('fps_59_94.mp4'))
  expect(ntsc.video).toMatchObject({ fpsNum: 60000, fpsDen: 1001, frames: 120 })
  const variable = await probeMedia(fixture('variable_frame_rate.mp4'))
  expect(variable.video!.fpsNum / variable.video!.fpsDen).toBeCloseTo(14.2, 1)
})

test.each([
  ['hevc.mov', { container: 'mov', demuxer: 'mov', video: { codec: 'hevc' } }],
  [
    'vp9.webm',
    { container: 'webm', demuxer: 'matroska', video: { codec: 'vp9', frames: null }, audio: null },
  ],
  ['odd_size_641x361_yuv444.mp4', { video: { width: 641, height: 361, pixelFormat: 'yuv444p' } }],
  ['audio_surround_5_1.m4a', { container: 'm4a', video: null, audio: { codec: 'aac', channels: 6 } }],
  ['audio_24bit_96khz.wav', { container: 'wav', audio: { codec: 'pcm_s24le', sampleRate: 96000 } }],
  ['audio_corrupt.mp3', { container: 'mp3', audio: { codec: 'mp3' } }],
])('%s is read as what it is', async (name, expected) => {
  expect(await probeMedia(fixture(name))).toMatchObject(expected)
})

test.each(['aac', 'mp3', 'ogg', 'flac', 'flv', 'avi', 'mkv', 'webm', 'm4a'])(
  'a %s without its name is known, and lasts as long as it plays',
  async (extension) => {
    const made = path.join(folder, `made.${extension}`)
    const bare = extension === 'mp3' ? ['-write_xing', '0', '-id3v2_version', '0'] : []
    make('-i', fixture('audio_8khz_mono.wav'), '-ac', '2', '-ar', '48000', ...bare, made)
    const nameless = path.join(folder, 'nameless')
    await copyFile(made, nameless)
    const probe = await probeMedia(nameless)
    expect(probe.container).toBe(extension)
    expect(Math.abs(probe.durationSeconds - 5)).toBeLessThan(0.15)
  },
)

test('a recording that declares no length is measured', async () => {
  const live = execFileSync(ffmpegPath(), [
    '-v',
    'error',
    '-i',
    fixture('vp9.webm'),
    '-c',
    'copy',
    '-f',
    'webm',
    '-',
  ])
  const file = path.join(folder, 'live.webm')
  await writeFile(file, live)
  expect((await probeMedia(file)).durationSeconds).toBeCloseTo(2, 1)
})

test('a cover picture is not a video, however large the tag that holds it', async () => {
  const cover = path.join(folder, 'cover.mp3')
  const picture = path.join(folder, 'noise.png')
  make('-f', 'lavfi', '-i', 'nullsrc=s=320x320,geq=random(1)*255:128:128', '-frames:v', '1', picture)
  make('-i', fixture('audio_silence.mp3'), '-i', picture, '-map', '0', '-map', '1', '-c', 'copy', cover)
  const probe = await probeMedia(cover)
  expect(probe).toMatchObject({ container: 'mp3', video: null, audio: { codec: 'mp3' } })
})

test.each(['-i.mp4', 'http:x.mp4', 'concat:a|b', 'a b\'"$(id).mp4', '片段 100%.mp4', '%03d.mp4'])(
  'a file called %s is just a file',
  async (name) => {
    const file = path.join(folder, name)
    await copyFile(fixture('no_face_colour_bars.mp4'), file)
    expect((await probeMedia(file)).video?.frames).toBe(75)
  },
)

test('a name relative to the working folder may begin with a dash', async () => {
  await copyFile(fixture('no_face_colour_bars.mp4'), path.join(folder, '-v.mp4'))
  const relative = path.relative(process.cwd(), path.join(folder, '-v.mp4'))
  expect((await probeMedia(relative)).durationSeconds).toBe(3)
})

test('a pipe is refused at once instead of being waited for', async () => {
  const pipe = path.join(folder, 'pipe.mp4')
  execFileSync('mkfifo', [pipe])
  const error = await probeMedia(pipe).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(MediaError)
  expect(error.code).toBe('not_media')
})

test('an abort ends the probe with its reason', async () => {
  const reason = new Error('no longer wanted')
  await expect(probeMedia(fixture('hevc.mov'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

test('the toolchain tells versions, origins and age', async () => {
  const { ffmpeg, ffprobe } = await mediaToolchain()
  expect(ffmpeg.version).not.toBe('unknown')
  expect(['env', 'path', 'bundled']).toContain(ffprobe.source)
})

test.each([
  ['ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers', '5.1.9-0+deb12u1', false],
  ['ffmpeg version n7.1 Copyright (c) 2000-2024 the FFmpeg developers', 'n7.1', false],
  ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021', '4.4.2-0ubuntu0.22.04.1', true],
  ['ffmpeg version N-47683-g0e8eb07980-static Copyright (c) 2000-2018', 'N-47683-g0e8eb07980-static', true],
  ['ffmpeg version N-119000-gabc Copyright (c) 2000-2025', 'N-119000-gabc', false],
])('%s', (line, version, outdated) => {
  expect(readVersionLine(line)).toEqual({ version, outdated })
})

function make(...args: string[]): void {
  execFileSync(ffmpegPath(), ['-v', 'error', '-y', ...args])
}
