import { createFft } from '#worker/engines/vision/fft'

/** Points of a spectrum. */
export const SPECTRUM_SIZE = 800
/** Bins from 0 Hz to half the sample rate. */
export const BINS = SPECTRUM_SIZE / 2 + 1

const ROWS = 32
const COLUMNS = 25

/**
 * Magnitudes of the 800-point Fourier transform of real samples. 800 = 32 x 25 is no power of two, so it is taken
 * apart: 25 transforms of 32 points, a twist, then sums of 25 for each of the 401 bins.
 */
export function createMagnitudes(): (samples: ArrayLike<number>, out: Float64Array) => void {
  const fft = createFft(ROWS)
  const cos = Float64Array.from({ length: SPECTRUM_SIZE }, (_, n) =>
    Math.cos((2 * Math.PI * n) / SPECTRUM_SIZE),
  )
  const sin = Float64Array.from(
    { length: SPECTRUM_SIZE },
    (_, n) => -Math.sin((2 * Math.PI * n) / SPECTRUM_SIZE),
  )
  const real = new Float64Array(SPECTRUM_SIZE)
  const imaginary = new Float64Array(SPECTRUM_SIZE)
  return (samples, out) => {
    for (let column = 0; column < COLUMNS; column++) {
      for (let row = 0; row < ROWS; row++) fft.real[row] = samples[COLUMNS * row + column]
      fft.imaginary.fill(0)
      fft.transform()
      for (let k = 0; k < ROWS; k++) {
        const turn = column * k
        const at = COLUMNS * k + column
        real[at] = fft.real[k] * cos[turn] - fft.imaginary[k] * sin[turn]
        imaginary[at] = fft.real[k] * sin[turn] + fft.imaginary[k] * cos[turn]
      }
    }
    for (let bin = 0; bin < BINS; bin++) {
      const from = COLUMNS * (bin % ROWS)
      const step = ROWS * Math.floor(bin / ROWS)
      let re = 0
      let im = 0
      for (let column = 0, turn = 0; column < COLUMNS; column++) {
        re += real[from + column] * cos[turn] - imaginary[from + column] * sin[turn]
        im += real[from + column] * sin[turn] + imaginary[from + column] * cos[turn]
        turn = (turn + step) % SPECTRUM_SIZE
      }
      out[bin] = Math.sqrt(re * re + im * im)
    }
  }
}
