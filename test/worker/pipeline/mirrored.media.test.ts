import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { probeMedia } from '#core/media/probe'
import { makeThumbnail } from '#core/media/thumbnail'
import { MIRRORS, type Mirror, mirrorByMatrix } from '#test/setup/mirror'
import { readFrames } from '#worker/pipeline/frame-reader'
import { writePlainVideo } from '#worker/pipeline/plain-media'
import { planVideo } from '#worker/pipeline/video-plan'
import { make } from './clips.ts'

const run = promisify(execFile)
const { signal } = new AbortController()
let folder: string
let clip: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-mirrored-'))
  clip = await make({ file: 'clip.mp4', seconds: 0.32 }, folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Raw frames of a file as ffmpeg itself decodes them, without heeding any matrix. */
async function pixels(path: string, ...options: string[]): Promise<Buffer> {
  const args = [
    '-v',
    'error',
    '-noautorotate',
    '-i',
    path,
    ...options,
    '-pix_fmt',
    'yuv420p',
    '-f',
    'rawvideo',
    '-',
  ]
  return (await run(ffmpegPath(), args, { encoding: 'buffer', maxBuffer: 2 ** 28 })).stdout
}

const difference = (a: Buffer, b: Buffer): number =>
  a.reduce((sum, value, n) => sum + Math.abs(value - b[n]), 0) / a.length

test.for(Object.keys(MIRRORS) as Mirror[])(
  'a picture shown by %s is seen so by every reader',
  async (mirror) => {
    const path = join(folder, `${mirror}.mp4`)
    await mirrorByMatrix(clip, path, mirror)
    const { video } = await probeMedia(path)
    const size = mirror.endsWith('flip') && mirror.startsWith('t') ? [360, 640] : [640, 360]
    expect([video?.mirrored, video?.width, video?.height]).toEqual([true, ...size])
    const wanted = await pixels(clip, '-vf', mirror)
    const plan = await planVideo(path, signal)
    expect([plan.width, plan.height]).toEqual(size)
    const frames: Buffer[] = []
    for await (const frame of readFrames(plan, { from: 0, to: 5 }, signal)) frames.push(Buffer.from(frame))
    expect(Buffer.concat(frames).equals(wanted.subarray(0, 5 * 640 * 360 * 1.5))).toBe(true)

    const plain = join(folder, `plain-${mirror}.mp4`)
    await writePlainVideo(path, plain, DEFAULT_OPTIONS, signal)
    expect((await probeMedia(plain)).video).toMatchObject({ mirrored: false, rotation: 0, width: size[0] })
    expect(difference(await pixels(plain), wanted)).toBeLessThan(2)

    const thumbnail = join(folder, `${mirror}.jpg`)
    await makeThumbnail(path, await probeMedia(path), thumbnail)
    const [tall, wide] = [size[1] > size[0], size[1] < size[0]]
    const small = `scale=${tall ? 270 : 480}:${wide ? 270 : 480}`
    const shown = await pixels(clip, '-vf', `select=gte(n\\,3),${mirror},${small}`, '-frames:v', '1')
    expect(difference(await pixels(thumbnail), shown)).toBeLessThan(4)
  },
)

test('a turned picture is not taken for a mirrored one', async () => {
  for (const rotation of [90, 180, 270] as const) {
    const { video } = await probeMedia(await make({ file: 'turned.mp4', rotation }, folder))
    expect([video?.rotation, video?.mirrored]).toEqual([rotation, false])
  }
  expect((await probeMedia(clip)).video?.mirrored).toBe(false)
})
