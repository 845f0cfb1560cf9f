import type { RenderOptions } from '#core/engine/options'
import { type Exchange, taken } from './child-pipe.ts'
import { readFrames } from './frame-reader.ts'
import type { FrameStore } from './frame-store.ts'
import { type LoopedFrame, loopedFrames } from './looped-frames.ts'
import { pingPongIndex } from './ping-pong.ts'
import type { VideoPlan } from './video-plan.ts'

/** Frame of a clip of `length` frames that a result shows at frame `n`. */
export function shownIndex(n: number, length: number, shortVideo: RenderOptions['shortVideo']): number {
  return shortVideo === 'freeze' ? Math.min(n, length - 1) : pingPongIndex(n, length)
}

/**
 * The source frames of the result frames [from, to), for a clip of `length` frames that the result may outlast: then
 * it swings back and forth, or stays on its last frame. Ends early if the source does. `place` and `exchange` as for
 * `loopedFrames`.
 */
export async function* shownFrames(
  plan: VideoPlan,
  length: number,
  range: { from: number; to: number },
  shortVideo: RenderOptions['shortVideo'],
  place: string | FrameStore,
  signal: AbortSignal,
  exchange: Exchange = { spare: null },
): AsyncGenerator<LoopedFrame> {
  if (shortVideo === 'loop' || range.to <= length) {
    yield* loopedFrames(plan, length, range, place, signal, exchange)
    return
  }
  const last = length - 1
  let source = Math.min(range.from, last)
  let still: Buffer | null = null
  for await (const frame of readFrames(plan, { from: source, to: length }, signal, exchange)) {
    if (source === last) still = Buffer.from(frame)
    if (source >= range.from) yield { source, frame }
    source++
  }
  if (!still) return
  let frame: Buffer = Buffer.allocUnsafeSlow(still.length)
  for (let n = Math.max(range.from, length); n < range.to; n++) {
    signal.throwIfAborted()
    still.copy(frame)
    yield { source: last, frame }
    frame = taken(exchange) ?? frame
  }
}
