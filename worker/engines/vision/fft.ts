export interface Fft {
  /** Input and output, transformed in place. */
  real: Float64Array
  imaginary: Float64Array
  transform(): void
}

/** A radix-2 Fourier transform in place, for a size that is a power of two. */
export function createFft(size: number): Fft {
  const real = new Float64Array(size)
  const imaginary = new Float64Array(size)
  const cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size))
  const sin = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size))
  const reversed = bitReversal(size)
  const swap = (values: Float64Array, a: number, b: number) => {
    const kept = values[a]
    values[a] = values[b]
    values[b] = kept
  }
  const transform = () => {
    for (let n = 0; n < size; n++) {
      if (reversed[n] <= n) continue
      swap(real, n, reversed[n])
      swap(imaginary, n, reversed[n])
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half)
      for (let block = 0; block < size; block += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = block + k
          const b = a + half
          const re = real[b] * cos[k * stride] - imaginary[b] * sin[k * stride]
          const im = real[b] * sin[k * stride] + imaginary[b] * cos[k * stride]
          real[b] = real[a] - re
          imaginary[b] = imaginary[a] - im
          real[a] += re
          imaginary[a] += im
        }
      }
    }
  }
  return { real, imaginary, transform }
}

function bitReversal(size: number): Uint32Array {
  const bits = Math.log2(size)
  return Uint32Array.from({ length: size }, (_, n) => {
    let reversed = 0
    for (let bit = 0; bit < bits; bit++) if (n & (1 << bit)) reversed |= 1 << (bits - 1 - bit)
    return reversed
  })
}
