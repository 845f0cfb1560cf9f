import { quantile } from '#core/forecast/normal'

/** What was simulated for a job when it was sent, and what became of it: seconds from then to its end. */
export interface Outcome {
  p50: number
  p90: number
  actual: number
}

/** Factors on simulated waits, as logarithms, at knots of the wait. */
export interface Correction {
  p50: number[]
  p90: number[]
}

/** Waits between which the factors are interpolated: 2 min, 15 min, 1 h, 4 h, 16 h; errors differ by their length. */
const KNOTS = [120, 900, 3600, 4 * 3600, 16 * 3600].map(Math.log)
/** No correction counts as so many outcomes overall, and the overall correction as so many at each knot. */
const OUTCOMES_BEFORE = 20
const OUTCOMES_AT_KNOT = 25
/** Outcomes that are learnt from, the latest ones. */
const LEARNT_FROM = 800
/** Errors come in batches, so that the past promises more than it holds: aimed at 92 %, 90 % are kept. */
const AIM_P90 = 0.92
/** Neighbouring knots differ by less than their distance, so that a later end stays later. */
const STEEPEST = 0.8

export const NO_CORRECTION: Correction = { p50: KNOTS.map(() => 0), p90: KNOTS.map(() => 0) }

/**
 * What forecasts were off by: the median of actual / p50, and the 90th percentile of actual / p90. Multiplying
 * by these makes p50 and p90 hold for work like that of late, whatever the simulation leaves out: later arrivals
 * that go first, moves, outages, retries (split conformal calibration of quantiles: Romano, Patterson, Candès,
 * Conformalized Quantile Regression, 2019). Shrunk to nothing where little is known. Oldest outcome first.
 */
export function fitCorrection(outcomes: readonly Outcome[]): Correction {
  const usable = outcomes
    .filter(({ p50, p90, actual }) => p50 > 0 && p90 > 0 && actual > 0)
    .slice(-LEARNT_FROM)
  if (usable.length === 0) return NO_CORRECTION
  const off = usable.map(({ p50, p90, actual }) => ({
    at: Math.log(p50),
    p50: Math.log(actual / p50),
    p90: Math.log(actual / p90),
  }))
  return {
    p50: atKnots(
      off.map(({ at, p50 }) => ({ at, value: p50 })),
      0.5,
    ),
    p90: atKnots(
      off.map(({ at, p90 }) => ({ at, value: p90 })),
      AIM_P90,
    ),
  }
}

/** Applies a correction to simulated waits in seconds. */
export function applyCorrection({ p50, p90 }: Correction, wait: { p50: number; p90: number }) {
  const at = Math.log(Math.max(1, wait.p50))
  const middle = wait.p50 * Math.exp(interpolate(p50, at))
  return { p50: middle, p90: Math.max(middle, wait.p90 * Math.exp(interpolate(p90, at))) }
}

function atKnots(off: readonly { at: number; value: number }[], share: number): number[] {
  const all =
    quantile(
      off.map(({ value }) => value),
      share,
    ) *
    (off.length / (off.length + OUTCOMES_BEFORE))
  const factors = KNOTS.map((_, knot) => {
    const near = off.filter(({ at }) => nearestKnot(at) === knot).map(({ value }) => value)
    if (near.length === 0) return all
    const trust = near.length / (near.length + OUTCOMES_AT_KNOT)
    return trust * quantile(near, share) + (1 - trust) * all
  })
  for (let knot = 1; knot < factors.length; knot++) {
    const most = STEEPEST * (KNOTS[knot] - KNOTS[knot - 1])
    factors[knot] = Math.max(factors[knot - 1] - most, Math.min(factors[knot - 1] + most, factors[knot]))
  }
  return factors
}

function nearestKnot(at: number): number {
  let nearest = 0
  for (let knot = 1; knot < KNOTS.length; knot++)
    if (Math.abs(KNOTS[knot] - at) < Math.abs(KNOTS[nearest] - at)) nearest = knot
  return nearest
}

function interpolate(factors: readonly number[], at: number): number {
  const above = KNOTS.findIndex((knot) => knot >= at)
  if (above === 0) return factors[0]
  if (above < 0) return factors[factors.length - 1]
  const share = (at - KNOTS[above - 1]) / (KNOTS[above] - KNOTS[above - 1])
  return factors[above - 1] + share * (factors[above] - factors[above - 1])
}
