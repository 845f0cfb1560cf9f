import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { setUpFolder } from '#test/worker/engines/stage'
import type { Exchange } from '#worker/pipeline/child-pipe'
import { readFrames } from '#worker/pipeline/frame-reader'
import { loopedFrames } from '#worker/pipeline/looped-frames'
import { pingPongIndex } from '#worker/pipeline/ping-pong'
import { seekPoint } from '#worker/pipeline/seek-points'
import { frameBytes, planVideo, type VideoPlan } from '#worker/pipeline/video-plan'

const run = promisify(execFile)
const folder = setUpFolder()
const { signal } = new AbortController()
vi.setConfig({ testTimeout: 60_000 })

const SECONDS = 24
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-bf', '3']
/** Frames come and go unevenly, 20 to 30 a second. */
const UNEVEN = "select='not(eq(mod(n,7),3))*not(eq(mod(n,11),5))',setpts='PTS+0.008/TB*mod(N,3)'"

/** Clips whose frames lean on each other in every way, with the options that make them. */
const CLIPS: [string, string[]][] = [
  ['b-frames.mp4', [...X264, '-x264-params', 'b-pyramid=normal:ref=4']],
  ['open-gop.mp4', [...X264, '-x264-params', 'open-gop=1']],
  ['intra-refresh.mp4', [...X264, '-x264-params', 'intra-refresh=1']],
  [
    'hevc.mp4',
    ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=50:bframes=4'],
  ],
  ['vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '50']],
  ['uneven.mp4', ['-vf', UNEVEN, '-vsync', 'vfr', ...X264]],
  ['uneven.mkv', ['-vf', UNEVEN, '-vsync', 'vfr', ...X264]],
  ['late-start.mkv', ['-output_ts_offset', '3.2', ...X264]],
  ['fast.mp4', ['-r', '60000/1001', ...X264]],
  ['one-keyframe.mp4', ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '9999', '-sc_threshold', '0']],
]

/** With one keyframe there is nowhere to go, and a late start is understood differently by versions of ffmpeg. */
const NOT_SOUGHT = ['one-keyframe.mp4', 'late-start.mkv']

beforeAll(async () => {
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=96x64:rate=30:duration=${SECONDS}`]
  await Promise.all(
    CLIPS.map(([name, options]) =>
      run(ffmpegPath(), [
        '-v',
        'error',
        ...source,
        '-pix_fmt',
        'yuv420p',
        ...options,
        join(folder.folder, name),
      ]),
    ),
  )
})

test.for(CLIPS.map(([name]) => name))(
  '%s: frames read after a seek are those of decoding it all',
  async (name) => {
    const plan = await planVideo(join(folder.folder, name), signal)
    const all = await hashes(plan, 0, 10_000)
    expect(all.length).toBeGreaterThan(20 * SECONDS)
    for (const from of [0.52, 0.6, 0.77, 0.96].map((share) => Math.round(all.length * share))) {
      const point = await seekPoint(plan, from, signal)
      expect(point !== null).toBe(!NOT_SOUGHT.includes(name))
      expect(await hashes(plan, from, from + 40)).toEqual(all.slice(from, from + 40))
    }
  },
)

test('decoding starts a whole group of pictures before the keyframe that comes first', async () => {
  const plan = await planVideo(join(folder.folder, 'b-frames.mp4'), signal)
  // Keyframes are 50 frames apart; the last one a second before frame 374 is 300.
  expect((await seekPoint(plan, 374, signal))?.seconds).toBeCloseTo(250 / 30, 0)
  expect((await seekPoint(plan, 384, signal))?.seconds).toBeCloseTo(300 / 30, 0)
  expect(await seekPoint(plan, 290, signal)).toBeNull()
})

test.for(['b-frames.mp4', 'uneven.mkv'])(
  '%s: played back and forth through a small window, every frame is exact',
  async (name) => {
    const plan = await planVideo(join(folder.folder, name), signal)
    const all = await hashes(plan, 0, 10_000)
    const range = { from: all.length - 20, to: 2 * all.length + 60 }
    let n = range.from
    const exchange: Exchange = { spare: null }
    let spare: Buffer = Buffer.alloc(frameBytes(plan))
    const frames = loopedFrames(
      plan,
      all.length,
      range,
      folder.folder,
      signal,
      exchange,
      90 * frameBytes(plan),
    )
    for await (const { source, frame } of frames) {
      expect(source).toBe(pingPongIndex(n++, all.length))
      if (hashOf(frame) !== all[source]) expect.fail(`frame ${source} differs`)
      // As a render does: draws into the frame, keeps it, and gives one that was drawn into before.
      frame.fill(n % 256)
      exchange.spare = spare
      spare = frame
    }
    expect(n).toBe(range.to)
  },
)

async function hashes(plan: VideoPlan, from: number, to: number): Promise<string[]> {
  const found: string[] = []
  for await (const frame of readFrames(plan, { from, to }, signal)) found.push(hashOf(frame))
  return found
}

const hashOf = (frame: Buffer): string => createHash('md5').update(frame).digest('hex')
