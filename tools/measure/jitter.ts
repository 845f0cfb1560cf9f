/** Takes the points of each frame in order, in face units; the same number each time. */
export interface JitterMeter {
  push(points: Float32Array): void
  /** Root mean square of the trembling, in face units. */
  value(): number
}

/** Frame rate at which jitter is measured: faster videos are thinned to it, so that figures compare. */
const RATE = 25
/** Fourth difference over 16: passes the fastest trembling (12.5 Hz) whole, 5 Hz by an eighth, 3 Hz hardly. */
const WEIGHTS = [1, -4, 6, -4, 1].map((weight) => weight / 16)

/**
 * How much points tremble from frame to frame: what is left of their paths above about 6 Hz, faster than lips speak.
 * Keeps five frames.
 */
export function createJitterMeter(fps: number): JitterMeter {
  const stride = Math.max(1, Math.round(fps / RATE))
  const recent: Float32Array[] = []
  let frame = 0
  let [sum, count] = [0, 0]
  return {
    push(points) {
      if (frame++ % stride !== 0) return
      if (recent.length === WEIGHTS.length) recent.push(recent.shift()!)
      else recent.push(new Float32Array(points.length))
      recent.at(-1)!.set(points)
      if (recent.length < WEIGHTS.length) return
      for (let k = 0; k < points.length; k++) {
        let rest = 0
        for (const [n, weight] of WEIGHTS.entries()) rest += weight * recent[n][k]
        sum += rest * rest
      }
      count += points.length
    },
    value: () => Math.sqrt(sum / Math.max(1, count)),
  }
}
