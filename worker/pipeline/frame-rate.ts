/** An exact frame rate, such as 30000/1001. */
export interface Rational {
  num: number
  den: number
}

const STANDARD_RATES: readonly Rational[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
]

/** Highest rate of a result; faster sources are thinned. */
const MAX_RATE = 60

/**
 * The constant frame rate of a result: the nearest standard rate where the source's average is within 1 %
 * of it, else the average itself in thousandths, at most 60.
 */
export function resultFrameRate(averageFps: number): Rational {
  const distance = (rate: Rational) => Math.abs(toNumber(rate) / averageFps - 1)
  const nearest = STANDARD_RATES.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best))
  if (distance(nearest) <= 0.01) return nearest
  if (averageFps >= MAX_RATE) return { num: MAX_RATE, den: 1 }
  return { num: Math.round(averageFps * 1000), den: 1000 }
}

export function toNumber(rate: Rational): number {
  return rate.num / rate.den
}
