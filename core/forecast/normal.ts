/** The standard normal distribution and robust statistics, as far as the forecast needs them. */

/** Standard deviations below which 90 % of a normal distribution lie. */
export const Z90 = 1.2815515655446004

/** P(Z <= z), to 7 digits: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const tail = 0.5 * poly * Math.exp(-x * x)
  return z < 0 ? tail : 1 - tail
}

/** The z with P(Z <= z) = p, 0 < p < 1: bisection on `normalCdf`, for the few values that tables are made of. */
export function normalQuantile(p: number): number {
  let low = -8
  let high = 8
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The value below which the share `p` of the values lies, interpolated; NaN of none. */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const at = Math.min(sorted.length - 1, Math.max(0, p * sorted.length - 0.5))
  const below = Math.floor(at)
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below] + (at - below) * (sorted[above] - sorted[below])
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Limits a value to [-limit, limit]: one wild value can't pull an average away (winsorising). */
export const limited = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value))
