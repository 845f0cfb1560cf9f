import { createFft, type Fft } from '#worker/engines/vision/fft'

/** Sample rate that the speech is decoded to. */
export const SAMPLE_RATE = 16_000
/** Feature frames a second. */
export const FEATURE_RATE = 100
/** Mel bands of a feature frame. */
export const BANDS = 40

const WINDOW = 400
const HOP = SAMPLE_RATE / FEATURE_RATE
const FFT_SIZE = 512
const PRE_EMPHASIS = 0.97
const MIN_HZ = 60
const MAX_HZ = 7600
const FLOOR = 1e-8

export interface LogMelStream {
  /** Takes mono samples at 16 kHz, in chunks of any size. */
  push(samples: Float32Array): void
  /** Ends the stream and returns all frames, 40 natural-log energies each: `samples / 160 + 1` frames. */
  finish(): { frames: Float16Array; frameCount: number; sampleCount: number }
}

/**
 * Log-mel features of a stream: pre-emphasis 0.97, Hann window of 25 ms every 10 ms centred on the frame's
 * time, 512-point power spectrum, 40 triangles between 60 and 7600 Hz. The audio network was trained on
 * exactly these. Keeps the features, not the samples, as half floats (8 kB a second of speech, each the same to 0.01);
 * has room for `expectedSeconds` of them and makes more where that is too little.
 */
export function createLogMelStream(expectedSeconds: number): LogMelStream {
  const fft = createFft(FFT_SIZE)
  const hann = Float32Array.from(
    { length: WINDOW },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (WINDOW - 1)),
  )
  const filters = melFilters()
  // Half a window of silence before the first sample centres frame 0 on time 0.
  const pending = new Float32Array(WINDOW)
  let filled = WINDOW / 2
  let previous = 0
  let sampleCount = 0
  let frameCount = 0
  let frames = new Float16Array(BANDS * Math.ceil(FEATURE_RATE * (expectedSeconds + 1)))

  const append = (sample: number) => {
    pending[filled++] = sample
    if (filled < WINDOW) return
    if ((frameCount + 1) * BANDS > frames.length) frames = grow(frames)
    melFrame(pending, hann, fft, filters, frames.subarray(frameCount * BANDS, (frameCount + 1) * BANDS))
    frameCount++
    pending.copyWithin(0, HOP)
    filled = WINDOW - HOP
  }
  return {
    push(samples) {
      for (const sample of samples) {
        append(sampleCount === 0 ? sample : sample - PRE_EMPHASIS * previous)
        previous = sample
        sampleCount++
      }
    },
    finish() {
      for (let n = 0; n < WINDOW / 2; n++) append(0)
      return { frames: frames.subarray(0, frameCount * BANDS), frameCount, sampleCount }
    },
  }
}

function melFrame(
  samples: Float32Array,
  hann: Float32Array,
  fft: Fft,
  filters: MelFilter[],
  out: Float16Array,
) {
  fft.real.fill(0)
  fft.imaginary.fill(0)
  for (let n = 0; n < WINDOW; n++) fft.real[n] = samples[n] * hann[n]
  fft.transform()
  filters.forEach(({ firstBin, weights }, band) => {
    let energy = 0
    for (let k = 0; k < weights.length; k++) {
      const re = fft.real[firstBin + k]
      const im = fft.imaginary[firstBin + k]
      energy += weights[k] * (re * re + im * im)
    }
    out[band] = Math.log(energy + FLOOR)
  })
}

interface MelFilter {
  firstBin: number
  weights: Float32Array
}

function melFilters(): MelFilter[] {
  const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700)
  const hz = (value: number) => 700 * (10 ** (value / 2595) - 1)
  const low = mel(MIN_HZ)
  const step = (mel(MAX_HZ) - low) / (BANDS + 1)
  const bin = (edge: number) => (hz(low + edge * step) / SAMPLE_RATE) * FFT_SIZE
  return Array.from({ length: BANDS }, (_, band) => {
    const [left, centre, right] = [bin(band), bin(band + 1), bin(band + 2)]
    const firstBin = Math.ceil(left)
    const weights = Float32Array.from({ length: Math.max(0, Math.floor(right) - firstBin + 1) }, (_, k) => {
      const at = firstBin + k
      return Math.max(0, Math.min((at - left) / (centre - left), (right - at) / (right - centre)))
    })
    return { firstBin, weights }
  })
}

function grow(frames: Float16Array): Float16Array<ArrayBuffer> {
  const larger = new Float16Array(frames.length * 2)
  larger.set(frames)
  return larger
}
