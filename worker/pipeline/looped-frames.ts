import { type Exchange, taken } from './child-pipe.ts'
import { readFrames } from './frame-reader.ts'
import { type FrameStore, openFrameStore } from './frame-store.ts'
import { type Leg, pingPongLegs } from './ping-pong.ts'
import { frameBytes, type VideoPlan } from './video-plan.ts'

export interface LoopedFrame {
  /** Index of the frame in the source clip. */
  source: number
  /** I420; reused by the next step, unless another buffer is given in exchange. */
  frame: Buffer
}

/**
 * The source frames of the result frames [from, to), for a clip of `length` frames that swings back and
 * forth when the result is longer. A clip that fits into the frame store is decoded once; of a longer one
 * a window is decoded for each stretch that is played backwards. Ends early if the source does. `place` is the folder
 * for the frame store, or one that may hold frames already and stays open.
 */
export async function* loopedFrames(
  plan: VideoPlan,
  length: number,
  range: { from: number; to: number },
  place: string | FrameStore,
  signal: AbortSignal,
  exchange: Exchange = { spare: null },
  budgetBytes?: number,
): AsyncGenerator<LoopedFrame> {
  const legs = [...pingPongLegs(range.from, range.to, length)]
  if (legs.length === 1 && legs[0].first <= legs[0].last) {
    yield* decodedLeg(plan, legs[0], null, signal, exchange)
    return
  }
  const store = typeof place === 'string' ? await openFrameStore(plan, place, budgetBytes) : place
  const stored: StoredFrames = {
    ...{ store, exchange },
    buffers: Array.from({ length: 2 }, () => Buffer.allocUnsafeSlow(frameBytes(plan))),
  }
  try {
    for (const leg of legs) {
      if (store.has(leg.first) && store.has(leg.last)) yield* storedLeg(stored, leg)
      else if (leg.first <= leg.last) yield* decodedLeg(plan, leg, store, signal, exchange)
      else yield* backwardLeg(stored, leg, signal)
    }
  } finally {
    if (store !== place) await store.close()
  }
}

/** Plays a leg forward from the decoder, and leaves its last frames in the store for the way back. */
async function* decodedLeg(
  plan: VideoPlan,
  leg: Leg,
  store: FrameStore | null,
  signal: AbortSignal,
  exchange: Exchange,
): AsyncGenerator<LoopedFrame> {
  const keepFrom = store ? Math.max(leg.first, leg.last + 1 - store.capacity) : Number.POSITIVE_INFINITY
  store?.restart(keepFrom)
  let source = leg.first
  for await (const frame of readFrames(plan, { from: leg.first, to: leg.last + 1 }, signal, exchange)) {
    if (source >= keepFrom) await store?.put(frame)
    yield { source, frame }
    source++
  }
}

/** What a leg from the store is played with, in turn with the others. */
interface StoredFrames {
  store: FrameStore
  /** One for the frame that is shown, one for the frame that is read. */
  buffers: Buffer[]
  exchange: Exchange
}

async function* storedLeg({ store, buffers, exchange }: StoredFrames, leg: Leg): AsyncGenerator<LoopedFrame> {
  const step = leg.first <= leg.last ? 1 : -1
  // One frame is read while the one before it is looked at.
  let coming = store.read(leg.first, buffers[0])
  let shown = 0
  for (let source = leg.first; source !== leg.last + step; source += step) {
    const frame = await coming
    if (source !== leg.last) coming = store.read(source + step, buffers[1 - shown])
    coming.catch(() => {})
    yield { source, frame }
    buffers[shown] = taken(exchange) ?? frame
    shown = 1 - shown
  }
}

/** Plays a leg backward, decoding one window of the clip after another, from its end to its start. */
async function* backwardLeg(
  { store, buffers, exchange }: StoredFrames,
  leg: Leg,
  signal: AbortSignal,
): AsyncGenerator<LoopedFrame> {
  for (let source = leg.first; source >= leg.last; source--) {
    if (!store.has(source)) {
      const next = store.has(source + 1) ? await store.read(source + 1, buffers[0]) : null
      await store.load(Math.max(0, source + 1 - store.capacity), source + 1, next, signal)
    }
    if (!store.has(source)) return
    const frame = await store.read(source, buffers[0])
    yield { source, frame }
    buffers[0] = taken(exchange) ?? frame
  }
}
