import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { runningBelow } from '#test/setup/processes'
import { awkward, makeClip, setUpFolder } from '#test/worker/engines/stage'
import { readFrames } from '#worker/pipeline/frame-reader'
import { writePlainVideo } from '#worker/pipeline/plain-media'
import { frameBytes, planVideo } from '#worker/pipeline/video-plan'

// Media of a test share two cores with others'.
vi.setConfig({ testTimeout: 90_000 })
const files = setUpFolder()
const { signal } = new AbortController()

test('frames of two fields that show movement are made whole, each as ffmpeg itself makes it', async () => {
  const moving = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=50:duration=0.8']
  const fields = ['-vf', 'tinterlace=interleave_top,setfield=tff', '-flags', '+ilme+ildct']
  const codec = ['-c:v', 'libx264', '-x264-params', 'tff=1', '-qp', '0', '-pix_fmt', 'yuv420p']
  const path = await makeClip(files, 'interlaced.mp4', ...moving, ...fields, ...codec)
  const plan = await planVideo(path, signal)
  expect(plan.deinterlace).toBe(true)
  const [whole, combed] = await Promise.all([decoded(path, 'yadif'), decoded(path, 'null')])
  const size = frameBytes(plan)
  let n = 0
  for await (const frame of readFrames(plan, { from: 0, to: 20 }, signal)) {
    const range = [n * size, ++n * size] as const
    expect(frame.equals(whole.subarray(...range))).toBe(true)
    expect(frame.equals(combed.subarray(...range))).toBe(false)
  }
  expect(n).toBe(20)
})

test('a reader that stops early leaves no decoder behind', async () => {
  const plan = await planVideo(awkward('video_without_audio.mp4'), signal)
  for await (const _ of readFrames(plan, { from: 0, to: 50 }, signal)) break
  expect(runningBelow('ffmpeg')).toEqual([])
})

test('a video whose picture grows is refused by name, by those who read it and by those who convert it', async () => {
  const path = 'test/fixtures/hostile/grows_to_8192x8192.webm'
  const refused = { code: 'too_many_pixels', params: { role: 'presenter', width: 8192, height: 8192 } }
  const plan = await planVideo(path, signal)
  const read = async () => {
    for await (const _ of readFrames(plan, { from: 0, to: 1000 }, signal));
  }
  await expect(read()).rejects.toMatchObject(refused)
  const plain = join(files.folder, 'plain.mp4')
  await expect(writePlainVideo(path, plain, DEFAULT_OPTIONS, signal)).rejects.toMatchObject(refused)
})

/** All frames of a clip, one after another, through a filter. */
async function decoded(path: string, filter: string): Promise<Buffer> {
  const args = ['-v', 'error', '-i', path, '-vf', filter, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-']
  const { stdout } = await promisify(execFile)(ffmpegPath(), args, { encoding: 'buffer', maxBuffer: 2 ** 26 })
  return stdout
}
