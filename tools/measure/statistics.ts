/** Pearson's r over the shorter of both; 0 where one of them never changes. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = Math.min(a.length, b.length)
  const meanOf = (values: ArrayLike<number>) => {
    let sum = 0
    for (let k = 0; k < n; k++) sum += values[k]
    return sum / n
  }
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  let [both, onlyA, onlyB] = [0, 0, 0]
  for (let k = 0; k < n; k++) {
    both += (a[k] - meanA) * (b[k] - meanB)
    onlyA += (a[k] - meanA) ** 2
    onlyB += (b[k] - meanB) ** 2
  }
  return both / Math.sqrt(onlyA * onlyB + 1e-12)
}

export interface Lag {
  /** Correlation at the best lag. */
  r: number
  /** How many steps `seen` comes after `driven`, between steps by a parabola through the neighbours. */
  steps: number
}

/** The lag within +-`reach` steps at which `seen` follows `driven` best. */
export function bestLag(seen: ArrayLike<number>, driven: ArrayLike<number>, reach: number): Lag {
  const [a, b] = [Float64Array.from(seen), Float64Array.from(driven)]
  const at = (lag: number) => (lag >= 0 ? correlation(a.subarray(lag), b) : correlation(a, b.subarray(-lag)))
  let best = { r: at(0), steps: 0 }
  for (let lag = -reach; lag <= reach; lag++) {
    const r = at(lag)
    if (r > best.r) best = { r, steps: lag }
  }
  const [before, after] = [at(best.steps - 1), at(best.steps + 1)]
  const bend = before - 2 * best.r + after
  const shift = bend < 0 ? (before - after) / (2 * bend) : 0
  return { r: best.r, steps: best.steps + Math.max(-0.5, Math.min(0.5, shift)) }
}

/** Mean of the values whose index passes; NaN where none does. */
export function meanWhere(values: ArrayLike<number>, passes: (n: number) => boolean): number {
  let [sum, count] = [0, 0]
  for (let n = 0; n < values.length; n++) {
    if (!passes(n)) continue
    sum += values[n]
    count++
  }
  return sum / count
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Slope of the line through the points (x, y) with the least squares; 0 where x never changes. */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [meanOf(x), meanOf(y)]
  const both = x.reduce((sum, value, n) => sum + (value - meanX) * (y[n] - meanY), 0)
  return both / (x.reduce((sum, value) => sum + (value - meanX) ** 2, 0) + 1e-12)
}

/** The value below which a share (0..1) of all lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
