import { SPEECH_RATE } from '#worker/pipeline/speech-track'
import { BINS, createMagnitudes, SPECTRUM_SIZE } from './dft800.ts'

/** Mel bands of a frame. */
export const MEL_BANDS = 80
/** Mel frames a second. */
export const MEL_RATE = 80
/** The value of silence in each band. */
export const MEL_FLOOR = -4

const HOP = SPEECH_RATE / MEL_RATE
const HALF = SPECTRUM_SIZE / 2
const PRE_EMPHASIS = 0.97
const MIN_HZ = 55
const MAX_HZ = 7600
/** -100 dB, below which nothing is told apart. */
const MIN_MAGNITUDE = 1e-5
const REFERENCE_DB = 20
const RANGE_DB = 100

export interface Mel {
  /** 80 values a frame, -4 to 4. */
  frames: Float32Array
  frameCount: number
}

export interface MelStream {
  /** Takes mono samples at 16 kHz, in chunks of any size. */
  push(samples: Float32Array): void
  /** Ends the stream: `samples / 200 + 1` frames, the n-th centred on sample 200 n. */
  finish(): Mel
}

/**
 * The features Wav2Lip was trained on, as its audio.py and hparams.py make them with librosa 0.7: pre-emphasis 0.97,
 * 800-point magnitude spectrum every 200 samples (periodic Hann window, ends reflected), 80 mel bands from 55 to
 * 7600 Hz (Slaney's), decibels below a reference of 20 dB with a floor of -100, scaled to -4..4. Keeps the features
 * (26 kB a second of speech), not the samples.
 */
export function createMelStream(): MelStream {
  const measure = createMelFrame()
  // The last 800 emphasised samples, oldest first; at the start and the end some are reflections.
  const pending = new Float64Array(SPECTRUM_SIZE)
  let filled = HALF
  let started = false
  let previous = 0
  let sampleCount = 0
  let frameCount = 0
  let frames = new Float32Array(MEL_BANDS * MEL_RATE * 60)

  const reflectStart = () => {
    for (let n = 1; n <= HALF; n++) pending[HALF - n] = pending[HALF + Math.min(n, filled - HALF - 1)]
    started = true
  }
  const append = (value: number) => {
    pending[filled++] = value
    if (filled < SPECTRUM_SIZE) return
    if (!started) reflectStart()
    if ((frameCount + 1) * MEL_BANDS > frames.length) frames = grown(frames)
    measure(pending, frames.subarray(frameCount * MEL_BANDS, (frameCount + 1) * MEL_BANDS))
    frameCount++
    pending.copyWithin(0, HOP)
    filled = SPECTRUM_SIZE - HOP
  }
  return {
    push(samples) {
      for (const sample of samples) {
        const emphasised = sampleCount === 0 ? sample : sample - PRE_EMPHASIS * previous
        previous = sample
        sampleCount++
        append(emphasised)
      }
    },
    finish() {
      const wanted = sampleCount === 0 ? 0 : Math.floor(sampleCount / HOP) + 1
      const mirror = tail(pending, filled, HALF + 1)
      for (let n = 1; frameCount < wanted; n++) append(mirror[Math.max(0, mirror.length - 1 - n)])
      return { frames: frames.subarray(0, frameCount * MEL_BANDS), frameCount }
    },
  }
}

/** The last `count` samples, fewer where there haven't been so many. */
function tail(pending: Float64Array, filled: number, count: number): Float64Array {
  return pending.slice(Math.max(0, filled - count), filled)
}

/** One frame: 800 samples in, 80 bands out. */
function createMelFrame(): (samples: Float64Array, out: Float32Array) => void {
  const magnitudesOf = createMagnitudes()
  const hann = Float64Array.from(
    { length: SPECTRUM_SIZE },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / SPECTRUM_SIZE),
  )
  const windowed = new Float64Array(SPECTRUM_SIZE)
  const magnitudes = new Float64Array(BINS)
  const filters = melFilters()
  return (samples, out) => {
    for (let n = 0; n < SPECTRUM_SIZE; n++) windowed[n] = samples[n] * hann[n]
    magnitudesOf(windowed, magnitudes)
    filters.forEach(({ firstBin, weights }, band) => {
      let sum = 0
      for (let k = 0; k < weights.length; k++) sum += weights[k] * magnitudes[firstBin + k]
      const decibels = 20 * Math.log10(Math.max(MIN_MAGNITUDE, sum)) - REFERENCE_DB
      const scaled = (8 * (decibels + RANGE_DB)) / RANGE_DB - 4
      out[band] = Math.min(4, Math.max(MEL_FLOOR, scaled))
    })
  }
}

interface MelFilter {
  firstBin: number
  weights: Float32Array
}

/** Triangles of equal area on Slaney's mel scale. */
function melFilters(): MelFilter[] {
  const low = melOf(MIN_HZ)
  const step = (melOf(MAX_HZ) - low) / (MEL_BANDS + 1)
  const binHz = SPEECH_RATE / SPECTRUM_SIZE
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [left, centre, right] = [0, 1, 2].map((n) => hzOf(low + (band + n) * step))
    const firstBin = Math.ceil(left / binHz)
    const height = 2 / (right - left)
    const weights = Float32Array.from({ length: Math.floor(right / binHz) - firstBin + 1 }, (_, k) => {
      const hz = (firstBin + k) * binHz
      return Math.max(0, Math.min((hz - left) / (centre - left), (right - hz) / (right - centre))) * height
    })
    return { firstBin, weights }
  })
}

/** Slaney's scale: 200/3 Hz a mel up to 1000 Hz, then 27 mels for each factor of 6.4. */
function melOf(hz: number): number {
  return hz < 1000 ? (hz * 3) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4)
}

function hzOf(mel: number): number {
  return mel < 15 ? (mel * 200) / 3 : 1000 * 6.4 ** ((mel - 15) / 27)
}

function grown(frames: Float32Array): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(frames.length * 2)
  larger.set(frames)
  return larger
}
