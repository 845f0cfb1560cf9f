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
 * The constant frame rate of a result: the nearest standard rate where the source's average is within 1 % of it. A
 * source of a standard nominal rate that drops frames comes out at that rate, for lips need the frames it lacks. Any
 * other gets its average in thousandths, at most 60.
 */
export function resultFrameRate(averageFps: number, nominalFps = averageFps): Rational {
  const usual =
    standardRate(averageFps) ?? (dropsFrames(averageFps, nominalFps) ? standardRate(nominalFps) : null)
  if (usual) return usual
  if (averageFps >= MAX_RATE) return { num: MAX_RATE, den: 1 }
  return { num: Math.round(averageFps * 1000), den: 1000 }
}

/** How far a rate may be from another to count as the same. */
const SAME = 0.01

/** Null where no standard rate is the same. */
function standardRate(fps: number): Rational | null {
  const distance = (rate: Rational) => Math.abs(toNumber(rate) / fps - 1)
  const nearest = STANDARD_RATES.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best))
  return distance(nearest) <= SAME ? nearest : null
}

/** A nominal rate of twice the average counts fields or ticks, not frames. */
function dropsFrames(averageFps: number, nominalFps: number): boolean {
  return nominalFps > averageFps && Math.abs((2 * averageFps) / nominalFps - 1) > SAME
}

export function toNumber(rate: Rational): number {
  return rate.num / rate.den
}
