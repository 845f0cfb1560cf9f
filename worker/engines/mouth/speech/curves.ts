import { clamp, interpolate, percentile } from '#worker/engines/vision/numbers'
import type { NetworkOutput } from './audio-network.ts'
import { FEATURE_RATE } from './log-mel.ts'
import { meanEnergies } from './loudness.ts'

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
/** Openings below this, of those that the network gives, are no vowels: nothing is scaled up to a chewing mouth. */
const MIN_WIDEST = 0.35
/** Smoothed probability of a voice from which the mouth moves, the range up to fully, and the window's width. */
const VOICE = { from: 0.25, over: 0.35, width: 25 }
/** How much of the gate is lost in a hundredth of a second when speech ends. */
const FALL = 0.04
/** Mean log energy below which nobody speaks, however quiet the rest is (about -70 dB of full scale). */
const SILENCE = -11

/**
 * Turns the audio network's output into curves: opening scaled to its own 93rd percentile, and everything that moves the
 * lips gated by voice and loudness, so that a pause, music or noise shows a resting mouth.
 */
export function shapeCurves(
  { params, voice }: Pick<NetworkOutput, 'params' | 'voice'>,
  gate: Float32Array,
): MouthCurves {
  const frameCount = gate.length
  const row = (index: number) => params.subarray(index * frameCount, (index + 1) * frameCount)
  const map = (source: Float32Array, width: number, shape: (value: number) => number) =>
    smooth(
      source.map((value, n) => clamp(shape(value), 0, 1) * gate[n]),
      width,
    )
  return {
    open: shapeOpening(row(0), voice, gate),
    spread: map(row(1), STEADY.jaw, (value) => value),
    round: map(row(2), STEADY.jaw, (value) => value * 1.2),
    closed: smooth(
      row(3).map((value) => clamp((value - 0.15) / 0.4, 0, 1)),
      STEADY.lips,
    ),
    lipOnTeeth: map(row(4), STEADY.lips, (value) => value),
  }
}

/** The opening as a share of the speaker's widest, which is at least `minWidest`, in the unit of `raw`. */
export function shapeOpening(
  raw: Float32Array,
  voice: Float32Array,
  gate: Float32Array,
  minWidest = MIN_WIDEST,
): Float32Array {
  const spoken = raw.filter((_, n) => voice[n] > 0.5)
  const widest = Math.max(minWidest, percentile(spoken.length > 0 ? spoken : raw, 0.93))
  return smooth(
    raw.map((value, n) => clamp(value / widest, 0, 1.15) * clamp(gate[n] * 1.5, 0, 1)),
    STEADY.jaw,
  )
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

/**
 * 1 where somebody speaks, 0 where nobody does: within about 20 dB of the loudest and recognised as a voice, with half a
 * syllable to either side. It rises in 0.13 s and falls in 0.25 s, as a mouth comes to rest.
 */
export function speechGate(frames: Float16Array, voice: Float32Array): Float32Array {
  const energy = meanEnergies(frames, voice.length)
  const threshold = Math.max(percentile(energy, 0.95) - 5.5, SILENCE)
  const spoken = smooth(voice, VOICE.width).map((value) => clamp((value - VOICE.from) / VOICE.over, 0, 1))
  const gate = smooth(
    energy.map((value, n) => clamp((value - threshold) / 1.5, 0, 1) * spoken[n]),
    13,
  )
  for (let n = 1; n < gate.length; n++) gate[n] = Math.max(gate[n], gate[n - 1] - FALL)
  return gate
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
