/** The value at a place between two of them, the nearest one outside. */
export function interpolate(values: Float32Array, at: number): number {
  if (values.length === 0) return 0
  const clamped = clamp(at, 0, values.length - 1)
  const before = Math.floor(clamped)
  const after = Math.min(before + 1, values.length - 1)
  return values[before] + (values[after] - values[before]) * (clamped - before)
}

/** Percentile (0..1) with linear interpolation; 0 of nothing. */
export function percentile(values: Float32Array, share: number): number {
  if (values.length === 0) return 0
  const sorted = Float32Array.from(values).sort()
  return interpolate(sorted, share * (sorted.length - 1))
}

/** The nearest value within [low, high]. */
export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high)
}

/** 0 up to 0, 1 from 1 on, and a smooth rise between. */
export function smoothStep(value: number): number {
  const share = clamp(value, 0, 1)
  return share * share * (3 - 2 * share)
}
