import { median } from '#core/forecast/normal'

/**
 * Fits seconds = exp(g) * sum of c_k * exp(d_k) * x_k to what renders took: g is the speed of the whole, d_k
 * that of one term. Working in logarithms keeps every coefficient positive and makes errors relative.
 */

/** Terms of a render's cost: fixed, per frame, per megapixel of all frames, per analysed frame. */
export const TERMS = 4
const SIZE = TERMS + 1

/** Prior knowledge: seconds a unit of each term, and how far off it may be, as standard deviations of logarithms. */
export interface Prior {
  coefficients: readonly number[]
  speedSd: number
  termSd: number
}

export interface Fit {
  prior: Prior
  /** g, d_0 ... d_3. */
  theta: number[]
  /** Covariance of theta, row by row. */
  covariance: number[]
  /** Spread of a single render around the fit, as the standard deviation of the logarithm. */
  sigma: number
}

export interface Observation {
  x: readonly number[]
  logSeconds: number
  /** 1 counts fully. */
  weight: number
}

/** Student's t with so few degrees of freedom all but ignores outliers. */
const FREEDOM = 4
/** Spread that is assumed before anything is known, worth this many renders. */
const SIGMA_BEFORE = 0.3
const RENDERS_BEFORE = 4
const ROUNDS = 15

/**
 * Maximum a posteriori fit by iteratively reweighted Gauss-Newton, with Laplace's approximation of its
 * covariance (Bishop, Pattern Recognition and Machine Learning, 4.4; t weights: Lange, Little, Taylor 1989).
 * With no observations it is the prior.
 */
export function fitCost(observations: readonly Observation[], prior: Prior): Fit {
  const theta = new Array<number>(SIZE).fill(0)
  let sigma = SIGMA_BEFORE
  let normal = priorPrecision(prior)
  for (let round = 0; round < ROUNDS; round++) {
    const residuals = observations.map((one) => one.logSeconds - logCost(theta, prior, one.x))
    sigma = robustSpread(observations, residuals)
    normal = priorPrecision(prior)
    const gradient = theta.map((value, k) => -normal[k * SIZE + k] * value)
    observations.forEach((one, i) => {
      const slope = slopes(theta, prior, one.x)
      const trust = (FREEDOM + 1) / (FREEDOM + (residuals[i] / sigma) ** 2)
      const precision = (one.weight * trust) / sigma ** 2
      for (let a = 0; a < SIZE; a++) {
        gradient[a] += precision * residuals[i] * slope[a]
        for (let b = 0; b < SIZE; b++) normal[a * SIZE + b] += precision * slope[a] * slope[b]
      }
    })
    const step = multiply(inverse(normal), gradient)
    for (let k = 0; k < SIZE; k++) theta[k] += Math.max(-1, Math.min(1, step[k]))
    if (Math.max(...step.map(Math.abs)) < 1e-4) break
  }
  return { prior, theta, covariance: inverse(normal), sigma }
}

/** Logarithm of the predicted seconds. */
export function logCost(theta: readonly number[], prior: Prior, x: readonly number[]): number {
  let sum = 0
  for (let k = 0; k < TERMS; k++) sum += prior.coefficients[k] * Math.exp(theta[k + 1]) * x[k]
  return theta[0] + Math.log(sum)
}

/** Variance of the predicted logarithm that stems from not knowing theta: J' C J. */
export function fitVariance({ theta, prior, covariance }: Fit, x: readonly number[]): number {
  const slope = slopes(theta, prior, x)
  return multiply(covariance, slope).reduce((sum, value, k) => sum + value * slope[k], 0)
}

/** Derivatives of `logCost`: 1 for the speed, and each term's share of the whole. */
function slopes(theta: readonly number[], prior: Prior, x: readonly number[]): number[] {
  const parts = prior.coefficients.map((c, k) => c * Math.exp(theta[k + 1]) * x[k])
  const sum = parts.reduce((total, part) => total + part, 0)
  return [1, ...parts.map((part) => part / sum)]
}

function priorPrecision({ speedSd, termSd }: Prior): number[] {
  const matrix = new Array<number>(SIZE * SIZE).fill(0)
  for (let k = 0; k < SIZE; k++) matrix[k * SIZE + k] = 1 / (k === 0 ? speedSd : termSd) ** 2
  return matrix
}

/** 1.4826 times the median absolute residual estimates a normal standard deviation; blended with the prior's. */
function robustSpread(observations: readonly Observation[], residuals: readonly number[]): number {
  const known = observations.reduce((sum, one) => sum + one.weight, 0)
  if (known === 0) return SIGMA_BEFORE
  const seen = 1.4826 * median(residuals.map(Math.abs))
  const variance = (known * seen ** 2 + RENDERS_BEFORE * SIGMA_BEFORE ** 2) / (known + RENDERS_BEFORE)
  return Math.sqrt(variance)
}

function multiply(matrix: readonly number[], vector: readonly number[]): number[] {
  return vector.map((_, row) => vector.reduce((sum, value, k) => sum + matrix[row * SIZE + k] * value, 0))
}

/** Gauss-Jordan without pivoting: the matrices here are symmetric and positive definite. */
function inverse(matrix: readonly number[]): number[] {
  const left = [...matrix]
  const right = matrix.map((_, i) => (i % (SIZE + 1) === 0 ? 1 : 0))
  for (let pivot = 0; pivot < SIZE; pivot++) {
    const scale = 1 / left[pivot * SIZE + pivot]
    for (let k = 0; k < SIZE; k++) {
      left[pivot * SIZE + k] *= scale
      right[pivot * SIZE + k] *= scale
    }
    for (let row = 0; row < SIZE; row++) {
      const factor = row === pivot ? 0 : left[row * SIZE + pivot]
      for (let k = 0; k < SIZE; k++) {
        left[row * SIZE + k] -= factor * left[pivot * SIZE + k]
        right[row * SIZE + k] -= factor * right[pivot * SIZE + k]
      }
    }
  }
  return right
}
