import { BANDS, FEATURE_RATE } from './log-mel.ts'

/** The five things that a mouth does, each 0..1, 100 values a second. */
export const CURVE_NAMES = ['open', 'spread', 'round', 'closed', 'lipOnTeeth'] as const
export type CurveName = (typeof CURVE_NAMES)[number]
export type MouthCurves = Record<CurveName, Float32Array>
export type MouthPose = Record<CurveName, number>

/** Lips move a little before the sound they make, 0 to 40 ms in natural speech: seconds that frames look ahead. */
const LEAD_SECONDS = 0.02
/**
 * Widths of the windows, in hundredths of a second, that curves are smoothed by: frames are 4 apart, so that faster
 * trembling would turn into slower one.
 */
const STEADY = { jaw: 11, lips: 7 }
/** Mean log energy below which nobody speaks, however quiet the rest is (about -70 dB of full scale). */
const SILENCE = -11

/**
 * Normalises log-mel frames for the audio network: minus the mean of the loud frames (within about 20 dB of
 * the 95th percentile), floored at -7, halved. Returns them band by band, the network's layout.
 */
export function normaliseLogMel(frames: Float32Array, frameCount: number): Float32Array {
  const energy = meanEnergies(frames, frameCount)
  const threshold = percentile(energy, 0.95) - 4.5
  const mean = new Float64Array(BANDS)
  let loud = 0
  for (let n = 0; n < frameCount; n++) {
    if (energy[n] <= threshold) continue
    for (let band = 0; band < BANDS; band++) mean[band] += frames[n * BANDS + band]
    loud++
  }
  const out = new Float32Array(BANDS * frameCount)
  for (let band = 0; band < BANDS; band++) {
    const offset = mean[band] / Math.max(1, loud)
    for (let n = 0; n < frameCount; n++) {
      out[band * frameCount + n] = Math.max(frames[n * BANDS + band] - offset, -7) / 2
    }
  }
  return out
}

/**
 * Turns the network's raw output (5 rows of `frameCount`) into curves: opening scaled to its own 93rd
 * percentile, everything but closures gated by loudness so that a pause shows a resting mouth.
 */
export function shapeCurves(raw: Float32Array, frames: Float32Array, frameCount: number): MouthCurves {
  const row = (index: number) => raw.subarray(index * frameCount, (index + 1) * frameCount)
  const gate = speechGate(meanEnergies(frames, frameCount))
  const widest = Math.max(0.05, percentile(row(0), 0.93))
  const map = (source: Float32Array, shape: (value: number, n: number) => number) =>
    Float32Array.from(source, (value, n) => shape(value, n))
  const steady = (values: Float32Array, width: number) => smooth(values, width)
  return {
    open: steady(
      map(row(0), (value, n) => clamp(value / widest, 0, 1.15) * clamp(gate[n] * 1.5, 0, 1)),
      STEADY.jaw,
    ),
    spread: steady(
      map(row(1), (value, n) => clamp(value, 0, 1) * gate[n]),
      STEADY.jaw,
    ),
    round: steady(
      map(row(2), (value, n) => clamp(value * 1.2, 0, 1) * gate[n]),
      STEADY.jaw,
    ),
    closed: steady(
      map(row(3), (value) => clamp((value - 0.15) / 0.4, 0, 1)),
      STEADY.lips,
    ),
    lipOnTeeth: steady(
      map(row(4), (value) => clamp(value, 0, 1)),
      STEADY.lips,
    ),
  }
}

/** The mouth at a time of the speech, in seconds, leading the sound. Clamped at both ends. */
export function mouthAt(curves: MouthCurves, seconds: number, lead = LEAD_SECONDS): MouthPose {
  const at = (seconds + lead) * FEATURE_RATE
  const value = (name: CurveName) => clamp(interpolate(curves[name], at), 0, 1)
  return {
    open: value('open'),
    spread: value('spread'),
    round: value('round'),
    closed: value('closed'),
    lipOnTeeth: value('lipOnTeeth'),
  }
}

/** 1 within about 20 dB of the loudest speech, 0 well below it, smoothed over 0.13 s. */
function speechGate(energy: Float32Array): Float32Array {
  const threshold = Math.max(percentile(energy, 0.95) - 5.5, SILENCE)
  return smooth(
    energy.map((value) => clamp((value - threshold) / 1.5, 0, 1)),
    13,
  )
}

function meanEnergies(frames: Float32Array, frameCount: number): Float32Array {
  return Float32Array.from({ length: frameCount }, (_, n) => {
    let sum = 0
    for (let band = 0; band < BANDS; band++) sum += frames[n * BANDS + band]
    return sum / BANDS
  })
}

/** Convolves with a Hann window of `width` values that sums to 1; the edges fade to zero. */
function smooth(values: Float32Array, width: number): Float32Array {
  const hann = Float64Array.from(
    { length: width },
    (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / (width - 1)),
  )
  const total = hann.reduce((sum, weight) => sum + weight, 0)
  const half = (width - 1) / 2
  return values.map((_, n) => {
    let sum = 0
    for (let k = 0; k < width; k++) sum += (values[n + k - half] ?? 0) * hann[k]
    return sum / total
  })
}

function interpolate(values: Float32Array, at: number): number {
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

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high)
}
