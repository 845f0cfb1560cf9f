import { percentile } from '#worker/engines/vision/numbers'
import { BANDS } from './log-mel.ts'

/** Mean of each band over the loud frames: those within about 20 dB of the 95th percentile. */
export function loudMeans(frames: Float16Array, frameCount: number): Float64Array {
  const energy = meanEnergies(frames, frameCount)
  const threshold = percentile(energy, 0.95) - 4.5
  const mean = new Float64Array(BANDS)
  let loud = 0
  for (let n = 0; n < frameCount; n++) {
    if (energy[n] <= threshold) continue
    for (let band = 0; band < BANDS; band++) mean[band] += frames[n * BANDS + band]
    loud++
  }
  return mean.map((sum) => sum / Math.max(1, loud))
}

/**
 * Normalises the log-mel frames [from, to) for the audio network: minus the mean of the loud ones, floored at -7,
 * halved. Writes them to `out` band by band, the network's layout.
 */
export function normaliseLogMel(
  frames: Float16Array,
  means: Float64Array,
  from: number,
  to: number,
  out: Float32Array,
): void {
  const count = to - from
  for (let band = 0; band < BANDS; band++) {
    for (let n = 0; n < count; n++) {
      out[band * count + n] = Math.max(frames[(from + n) * BANDS + band] - means[band], -7) / 2
    }
  }
}

/** Mean of all bands in each frame: its loudness. */
export function meanEnergies(frames: Float16Array, frameCount: number): Float32Array {
  return Float32Array.from({ length: frameCount }, (_, n) => {
    let sum = 0
    for (let band = 0; band < BANDS; band++) sum += frames[n * BANDS + band]
    return sum / BANDS
  })
}
