/** A seeded source of chance, so that a month can be played again: mulberry32. */
export interface Chance {
  /** Evenly from [0, 1). */
  next(): number
  normal(): number
  /** With a mean of `mean`. */
  exponential(mean: number): number
  pick<T>(values: readonly T[]): T
  happens(probability: number): boolean
}

export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick: (values) => values[Math.floor(next() * values.length)],
    happens: (probability) => next() < probability,
  }
}
