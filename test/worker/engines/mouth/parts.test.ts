import { expect, test } from 'vitest'
import { warpTriangles } from '#worker/engines/mouth/face/rasteriser'
import { speechGate } from '#worker/engines/mouth/speech/curves'
import { BANDS, createLogMelStream } from '#worker/engines/mouth/speech/log-mel'
import { loudMeans, normaliseLogMel } from '#worker/engines/mouth/speech/loudness'
import { resultFrameRate } from '#worker/pipeline/frame-rate'

test('features are those that the network was trained on, in chunks of any size', () => {
  const samples = Float32Array.from(
    { length: 8000 },
    (_, n) =>
      0.3 * Math.sin((2 * Math.PI * 220 * n) / 16_000) +
      0.1 * Math.sin((2 * Math.PI * 1800 * n) / 16_000 + (n * n) / 4e6),
  )
  const stream = createLogMelStream(0.1)
  for (let at = 0, size = 1; at < samples.length; at += size, size = ((size * 7) % 501) + 1) {
    stream.push(samples.subarray(at, at + size))
  }
  const { frames, frameCount } = stream.finish()
  expect(frameCount).toBe(51)
  // Made with NumPy from the training's own features: every fourth band.
  const frame = (values: Float16Array, n: number) =>
    Array.from({ length: 10 }, (_, k) => values[n * BANDS + 4 * k])
  expectClose(
    frame(frames, 0),
    [-2.234, -0.607, -3.776, -7.682, -2.911, 2.883, -1.801, -2.667, -3.095, -3.299],
  )
  expectClose(frame(frames, 25).slice(0, 7), [-5.701, -2.648, -12.97, -15.992, -12.23, 3.694, -14.775])
  const normal = new Float32Array(frames.length)
  normaliseLogMel(frames, loudMeans(frames, frameCount), 0, frameCount, normal)
  const column = Array.from({ length: 10 }, (_, k) => normal[4 * k * frameCount + 25])
  expectClose(column, [-0.947, -0.545, -3.5, -3.5, -3.5, 0.19, -3.5, -3.5, -3.5, -3.5])
})

function expectClose(actual: number[], expected: number[]) {
  for (const [n, value] of expected.entries()) expect(Math.abs(actual[n] - value)).toBeLessThan(0.02)
}

test('a triangle that moves changes nothing outside itself, and moves the picture exactly by whole pixels', () => {
  const shape = { width: 64, height: 48 }
  const source = Uint8Array.from({ length: 64 * 48 * 1.5 }, (_, n) => (n * 37) % 251)
  const picture = source.slice()
  const scratch = new Uint8Array(source.length)
  const from = Float32Array.from([10, 10, 40, 10, 10, 40])
  const to = from.map((value, n) => (n % 2 === 0 ? value + 4 : value))
  const triangles = Int32Array.from([0, 1, 2])
  warpTriangles(picture, scratch, shape, triangles, from, from)
  expect(picture).toEqual(source)
  warpTriangles(picture, scratch, shape, triangles, from, to)
  for (let y = 0; y < 48; y++) {
    for (let x = 0; x < 64; x++) {
      const inside = x >= 14 && y >= 10 && x - 14 + (y - 10) <= 30
      expect(picture[y * 64 + x]).toBe(source[y * 64 + x - (inside ? 4 : 0)])
    }
  }
})

test.for([
  [19.2, 25, 25, 1],
  [29.1, 30, 30, 1],
  [14.175, 1000, 14175, 1000],
  [12.5, 25, 12500, 1000],
  [19.2, 21.3, 19200, 1000],
])('an average of %f fps at nominal %f comes out at %i/%i', ([average, nominal, num, den]) => {
  expect(resultFrameRate(average, nominal)).toEqual({ num, den })
})

test.for([
  [25.0004, 25, 1],
  [29.97003, 30000, 1001],
  [23.98, 24000, 1001],
  [59.6, 60000, 1001],
  [14.175, 14175, 1000],
  [240, 60, 1],
])('an average of %f fps gives %i/%i', ([average, num, den]) => {
  expect(resultFrameRate(average)).toEqual({ num, den })
})

test('the gate of a voice opens within a sixth of a second, and takes a quarter to shut', () => {
  // A second of quiet, one of a voice, one of quiet, a frame each 10 ms.
  const spoken = (n: number) => n >= 100 && n < 200
  const frames = Float16Array.from({ length: 300 * BANDS }, (_, k) =>
    spoken(Math.floor(k / BANDS)) ? 0 : -12,
  )
  const voice = Float32Array.from({ length: 300 }, (_, n) => (spoken(n) ? 1 : 0))
  const gate = speechGate(frames, voice)
  expect(Math.max(...gate.slice(0, 90), ...gate.slice(240))).toBe(0)
  expect(gate.slice(112, 190).every((value) => value > 0.99)).toBe(true)
  const falls = gate.slice(1).map((value, n) => gate[n] - value)
  expect(Math.max(...falls)).toBeCloseTo(0.04, 3)
  expect(falls.filter((fall) => fall > 0).length).toBeGreaterThanOrEqual(25)
})
