import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { awkward, setUpStage } from '#test/worker/engines/stage'
import type { Exchange } from '#worker/pipeline/child-pipe'
import { readFrames } from '#worker/pipeline/frame-reader'
import { loopedFrames } from '#worker/pipeline/looped-frames'
import { pingPongIndex, pingPongLegs } from '#worker/pipeline/ping-pong'
import { planVideo } from '#worker/pipeline/video-plan'

const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })
const { signal } = new AbortController()

test('a clip swings back and forth without showing a frame at its ends twice', () => {
  const order = Array.from({ length: 14 }, (_, n) => pingPongIndex(n, 5))
  expect(order).toEqual([0, 1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4, 3])
})

test.for([1, 2, 3, 5, 50])(
  'legs of a clip of %i frames say the same as its indexes, from any start',
  (length) => {
    for (let from = 0; from < 2 * length; from++) {
      const to = from + 3 * length
      const shown: number[] = []
      for (const { first, last } of pingPongLegs(from, to, length)) {
        const step = first <= last ? 1 : -1
        for (let n = first; n !== last + step; n += step) shown.push(n)
      }
      expect(shown).toEqual(Array.from({ length: to - from }, (_, n) => pingPongIndex(from + n, length)))
    }
  },
)

test.for([
  ['all of the clip fits into the window', 1_000_000_000],
  ['the window holds 7 frames', 7 * 640 * 360 * 1.5],
])(
  'looped frames are bit-identical with the clip, and stay so for who keeps them: %s',
  async ([, budget]) => {
    const plan = await planVideo(awkward('video_without_audio.mp4'), signal)
    const clip: Buffer[] = []
    for await (const frame of readFrames(plan, { from: 0, to: 50 }, signal)) clip.push(Buffer.from(frame))
    expect(clip).toHaveLength(50)
    const scratch = await mkdtemp(join(stage.folder, 'loop-'))
    const range = { from: 20, to: 170 }
    const exchange: Exchange = { spare: null }
    const kept: { source: number; frame: Buffer }[] = []
    let n = range.from
    const frames = loopedFrames(plan, 50, range, scratch, signal, exchange, Number(budget))
    for await (const { source, frame } of frames) {
      expect(source).toBe(pingPongIndex(n, 50))
      expect(frame.equals(clip[source])).toBe(true)
      kept.push({ source, frame })
      const oldest = kept.length > 3 ? kept.shift()! : null
      if (oldest) expect(oldest.frame.equals(clip[oldest.source])).toBe(true)
      exchange.spare = oldest?.frame ?? Buffer.alloc(frame.length)
      exchange.spare.fill(n % 256)
      n++
    }
    expect(n).toBe(range.to)
  },
)
