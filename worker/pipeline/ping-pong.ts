/** A run of consecutive source frames, read in one direction. Both ends are part of it. */
export interface Leg {
  first: number
  last: number
}

/**
 * Source frame shown at `resultFrame` when a clip of `length` frames swings back and forth. The first and
 * the last frame aren't shown twice in a row: 0 1 2 3 2 1 0 1 ...
 */
export function pingPongIndex(resultFrame: number, length: number): number {
  if (length <= 1) return 0
  const period = 2 * length - 2
  const phase = resultFrame % period
  return phase < length ? phase : period - phase
}

/** The result frames [from, to) as legs: forward where first <= last, backward where first > last. */
export function* pingPongLegs(from: number, to: number, length: number): Generator<Leg> {
  for (let start = from; start < to; ) {
    const first = pingPongIndex(start, length)
    if (length === 1) {
      yield { first, last: first }
      start++
      continue
    }
    const phase = start % (2 * length - 2)
    const untilEnd = phase < length ? length - 1 - phase : 2 * length - 3 - phase
    const count = Math.min(untilEnd + 1, to - start)
    yield { first, last: pingPongIndex(start + count - 1, length) }
    start += count
  }
}
