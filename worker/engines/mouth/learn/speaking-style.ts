import { featuresAt } from '#worker/engines/mouth/speech/audio-network'
import { FEATURE_RATE } from '#worker/engines/mouth/speech/log-mel'
import type { Speech, SpeechFeatures } from '#worker/engines/mouth/speech/speech'
import type { MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { solve } from './solve.ts'

/** How a presenter's mouth opens to the network's features: a correction of the plain opening. */
export interface SpeakingStyle {
  /** Mean and spread of each feature in the presenter's own speech, and its weight. */
  mean: number[]
  spread: number[]
  weights: number[]
  /** The plain opening's mean and its factor, and the presenter's own mean opening, in face units. */
  plainMean: number
  plainFactor: number
  ownMean: number
}

/** What could be learnt from a presenter who speaks in the video. */
export interface LearntStyle {
  /** How well the plain curves follow the lips of the part that wasn't learnt from, and how well the adapted ones. */
  before: number
  after: number
  /** Null where the adapted ones are no better, or follow too loosely: the plain ones are used. */
  style: SpeakingStyle | null
}

/** The first part of a clip is learnt from, the rest tells whether that helped. */
const LEARNT = 0.65
/** Sound and picture of a clip may be this far apart, in seconds, and are looked for in such steps. */
const REACH = 0.2
const STEP = 0.02
/** Frames that are needed, of a face that speaks. */
const MIN_FRAMES = 100
/** Lips whose correlation with the plain opening is below this do not speak what the sound says. */
const IN_TIME = 0.25
/** A style has to help by so much, and to follow the part that it wasn't learnt from so closely. */
const MIN_GAIN = 0.02
const MIN_AFTER = 0.4
/** Weight of the ridge for each frame, and what of the plain opening is kept (both chosen on 20 clips of speakers). */
const RIDGE = 0.5
const PLAIN = 0.5

/** Fits a ridge regression of the lips' opening on the network's features; null where the clip has no speech in time. */
export function learnStyle(
  { curves, features }: Pick<Speech, 'curves' | 'features'>,
  { opening, weight }: MouthMeasures,
  fps: number,
): LearntStyle | null {
  const plain = curves.open.map((value, n) => value * (1 - curves.closed[n]))
  const frames = [...opening.keys()].filter((n) => weight[n] === 1 && (n / fps) * FEATURE_RATE < plain.length)
  if (frames.length < MIN_FRAMES) return null
  const count = Math.round(frames.length * LEARNT)
  const y = frames.map((n) => opening[n])
  const plainAt = (lag: number) => frames.map((n) => at(plain, n / fps + lag))
  const lag = bestLag((one) => correlation(plainAt(one).slice(0, count), y.slice(0, count)))
  const spoken = plainAt(lag)
  if (!(correlation(spoken.slice(0, count), y.slice(0, count)) >= IN_TIME)) return null
  const rows = frames.map((n) => rowAt(features, n / fps + lag))
  const style = fitRidge(rows.slice(0, count), spoken.slice(0, count), y.slice(0, count))
  const adapted = rows.map((row, n) => predict(style, row, spoken[n]))
  const before = correlation(spoken.slice(count), y.slice(count))
  const after = correlation(adapted.slice(count), y.slice(count))
  return { before, after, style: after >= Math.max(MIN_AFTER, before + MIN_GAIN) ? style : null }
}

/** The opening that a presenter of this style gives to a speech, in face units, a value each 10 ms. */
export function openingInStyle(
  features: SpeechFeatures,
  plain: Float32Array,
  style: SpeakingStyle,
): Float32Array {
  return plain.map((value, n) => Math.max(0, predict(style, rowAt(features, n / FEATURE_RATE), value)))
}

function fitRidge(rows: number[][], plain: number[], y: number[]): SpeakingStyle {
  const mean = columns(rows, (values) => average(values))
  const spread = columns(rows, (values) => deviation(values) + 1e-3)
  const [plainMean, ownMean] = [average(plain), average(y)]
  const plainFactor = (PLAIN * deviation(y)) / Math.max(1e-6, deviation(plain))
  const rest = y.map((value, n) => value - ownMean - (plain[n] - plainMean) * plainFactor)
  const x = rows.map((row) => row.map((value, k) => (value - mean[k]) / spread[k]))
  const square = mean.map((_, a) =>
    mean.map((_, b) => x.reduce((sum, row) => sum + row[a] * row[b], a === b ? RIDGE * rows.length : 0)),
  )
  const right = mean.map((_, a) => x.reduce((sum, row, n) => sum + row[a] * rest[n], 0))
  return { mean, spread, weights: solve(square, right), plainMean, plainFactor, ownMean }
}

function predict({ mean, spread, weights, ...own }: SpeakingStyle, row: number[], plain: number): number {
  const correction = weights.reduce((sum, weight, k) => sum + (weight * (row[k] - mean[k])) / spread[k], 0)
  return own.ownMean + (plain - own.plainMean) * own.plainFactor + correction
}

function rowAt({ voice, layer }: SpeechFeatures, seconds: number): number[] {
  return featuresAt(layer, Math.min(voice.length - 1, Math.max(0, Math.round(seconds * FEATURE_RATE))))
}

function at(values: Float32Array, seconds: number): number {
  return values[Math.min(values.length - 1, Math.max(0, Math.round(seconds * FEATURE_RATE)))]
}

function bestLag(fits: (lag: number) => number): number {
  const lags = Array.from({ length: 2 * Math.round(REACH / STEP) + 1 }, (_, n) => n * STEP - REACH)
  return lags.reduce((best, lag) => (fits(lag) > fits(best) ? lag : best), 0)
}

function columns(rows: number[][], of: (values: number[]) => number): number[] {
  return rows[0].map((_, k) => of(rows.map((row) => row[k])))
}

function average(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: number[]): number {
  const mean = average(values)
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)))
}

function correlation(a: number[], b: number[]): number {
  const [meanA, meanB] = [average(a), average(b)]
  const product = average(a.map((value, n) => (value - meanA) * (b[n] - meanB)))
  return product / Math.max(1e-9, deviation(a) * deviation(b))
}
