import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { probeMedia } from '#core/media/probe'
import { ffmpeg } from '#test/setup/ffmpeg'
import { setUpFolder } from '#test/worker/engines/stage'
import { toNumber } from '#worker/pipeline/frame-rate'
import { readFrames } from '#worker/pipeline/frame-reader'
import { writePlainSpeech, writePlainVideo } from '#worker/pipeline/plain-media'
import { planVideo } from '#worker/pipeline/video-plan'

/* What renders make of kinds of files that people have; what uploads make of them is tested beside the intake. */

const stage = setUpFolder()
const { signal } = new AbortController()
const phone = (name: string) => resolve('test/fixtures/phone', name)

/** The video that a program of somebody else gets. */
async function plain(name: string, options = {}, seconds?: number) {
  const path = join(stage.folder, `plain-${Math.random()}.mp4`)
  await writePlainVideo(name, path, { ...DEFAULT_OPTIONS, ...options }, signal, seconds)
  return { path, ...(await probeMedia(path)) }
}

/** The frames that the built-in engine sees. */
async function frames(name: string, options = {}) {
  const plan = await planVideo(name, signal, { ...DEFAULT_OPTIONS, ...options })
  const seen: Buffer[] = []
  for await (const frame of readFrames(plan, { from: 0, to: 10_000 }, signal)) seen.push(Buffer.from(frame))
  return { plan, seen }
}

/** Mean of the luma of an I420 frame. */
const light = (frame: Buffer, { width, height }: { width: number; height: number }) =>
  frame.subarray(0, width * height).reduce((sum, value) => sum + value, 0) / (width * height)

test('a clip of nominal 25 that drops frames comes out at 25, for every engine', async () => {
  const { plan, seen } = await frames(phone('vfr.mp4'))
  expect(plan.fps).toEqual({ num: 25, den: 1 })
  expect(Math.abs(seen.length - 46)).toBeLessThanOrEqual(1)
  const { video } = await plain(phone('vfr.mp4'))
  expect(video).toMatchObject({ fpsNum: 25, fpsDen: 1, nominalFps: 25 })
})

test('high dynamic range is brought to the ordinary one, for every engine', async () => {
  const { video } = await plain(phone('hlg.mov'))
  expect(video).toMatchObject({ codec: 'h264', pixelFormat: 'yuv420p' })
  expect(video?.colorTransfer).not.toBe('arib-std-b67')
})

test('fields become whole pictures, for every engine', async () => {
  const { path, video } = await plain(phone('ilace.mp4'))
  expect(video?.interlaced).toBe(false)
  const combed = (file: string) => {
    const args = ['-hide_banner', '-i', file, '-vf', 'idet', '-f', 'null', '-']
    const report = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', ffmpegPath(), ...args]).toString()
    const [, tff, bff] = /Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+)/.exec(report)!.map(Number)
    return tff + bff
  }
  expect(combed(phone('ilace.mp4'))).toBeGreaterThan(3)
  expect(combed(path)).toBe(0)
})

describe('a photo', () => {
  test.each(['photo.jpg', 'photo.png', 'photo.webp'])('%s is held', async (name) => {
    const { seen } = await frames(phone(name))
    expect(seen).toHaveLength(25)
    expect(seen[24].equals(seen[0])).toBe(true)
  })

  test('moves a little, steadily, and arrives where it can turn back without a jerk', async () => {
    const { plan, seen } = await frames(phone('photo.jpg'), { photo: 'moving' })
    expect(seen).toHaveLength(250)
    const step = (n: number) => {
      const size = plan.width * plan.height
      let sum = 0
      for (let at = 0; at < size; at++) sum += Math.abs(seen[n][at] - seen[n - 1][at])
      return sum / size
    }
    expect(step(125)).toBeGreaterThan(3 * step(1))
    expect(step(125)).toBeGreaterThan(3 * step(249))
  })

  test('is as long as the speech for a program that knows no photos', async () => {
    const { durationSeconds, video } = await plain(phone('photo.png'), {}, 3)
    expect(durationSeconds).toBeCloseTo(3, 1)
    expect(video).toMatchObject({ width: 320, height: 180, pixelFormat: 'yuv420p', fpsNum: 25 })
  })

  test('that a telephone was turned for is upright, and a large one comes down to 1080 lines', async () => {
    const large = join(stage.folder, 'large.jpg')
    await ffmpeg('-i', phone('photo.jpg'), '-vf', 'scale=3200:1800', large)
    await writeFile(large, turned(await readFile(large)))
    expect((await probeMedia(large)).video).toMatchObject({ width: 1800, height: 3200, rotation: 90 })
    const { plan, seen } = await frames(large)
    expect(plan).toMatchObject({ width: 1080, height: 1920 })
    expect(seen).toHaveLength(25)
  })
})

/** A JPEG with the note (EXIF, orientation 6) that it was taken with the telephone upright. */
function turned(jpeg: Buffer): Buffer {
  const note = Buffer.from('4578696600004d4d002a000000080001011200030000000100060000', 'hex')
  const marker = Buffer.alloc(4)
  marker.writeUInt16BE(0xffe1, 0)
  const body = Buffer.concat([note, Buffer.alloc(4)])
  marker.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)])
}

test('what can be seen through lies on the chosen colour', async () => {
  const file = join(stage.folder, 'alpha.mov')
  const source = ['-f', 'lavfi', '-i', 'color=black@0:s=64x64:d=0.3,format=yuva444p10le']
  await ffmpeg(...source, '-c:v', 'prores_ks', '-profile:v', '4444', file)
  for (const [background, expected] of [
    ['#ffffff', 235],
    ['#000000', 16],
  ] as const) {
    const { plan, seen } = await frames(file, { background })
    expect(Math.abs(light(seen[0], plan) - expected)).toBeLessThan(2)
  }
})

test('a speech whose sides cancel each other is heard by every engine', async () => {
  const file = join(stage.folder, 'turned.wav')
  await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-af', 'pan=stereo|c0=c0|c1=-1*c0', file)
  const wav = join(stage.folder, 'plain.wav')
  await writePlainSpeech(file, wav, signal)
  const raw = execFileSync(ffmpegPath(), ['-v', 'error', '-i', wav, '-f', 's16le', '-'])
  let peak = 0
  for (let at = 0; at < raw.length; at += 2) peak = Math.max(peak, Math.abs(raw.readInt16LE(at)))
  expect(peak).toBeGreaterThan(3000)
})

test('a picture that begins after its sound begins with its first frame, and the sound is known to be earlier', async () => {
  const late = join(stage.folder, 'late.mkv')
  const sources = ['-f', 'lavfi', '-i', 'sine=d=2', '-itsoffset', '0.5', '-i', phone('hlg.mov')]
  await ffmpeg(...sources, '-map', '0', '-map', '1', '-c:v', 'copy', late)
  const { plan, seen } = await frames(late)
  expect(plan.startSeconds).toBeCloseTo(0.5, 1)
  expect(Math.abs(seen.length - 25)).toBeLessThanOrEqual(1)
  expect(toNumber(plan.fps)).toBe(25)
})
