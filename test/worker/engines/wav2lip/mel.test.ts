import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createMelStream, MEL_BANDS, type Mel } from '#worker/engines/wav2lip/mel'
import { copyWindow, WINDOW_FRAMES, WINDOW_LENGTH, windowStart } from '#worker/engines/wav2lip/mel-windows'

/** Computed with numpy and scipy by test/fixtures/wav2lip/mel_golden.py. */
const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/wav2lip/mel-golden.json', import.meta.url), 'utf8'),
) as { frames: number[][] }

/** The signal of mel_golden.py. */
function signal(): Float32Array {
  let state = 7
  return Float32Array.from({ length: 9650 }, (_, n) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    const noise = state / 2 ** 32 - 0.5
    const time = n / 16_000
    const tone = Math.sin(2 * Math.PI * (150 * time + 5000 * time ** 2))
    return (time < 0.3 ? 0.8 : time < 0.45 ? 0.01 : 0) * (0.9 * tone + 0.3 * noise)
  })
}

function melOf(samples: Float32Array, chunk: number): Mel {
  const stream = createMelStream()
  for (let n = 0; n < samples.length; n += chunk) stream.push(samples.subarray(n, n + chunk))
  return stream.finish()
}

test('mel features equal the published ones, computed independently', () => {
  const { frames, frameCount } = melOf(signal(), 1000)
  expect(frameCount).toBe(golden.frames.length)
  const off = golden.frames.flat().map((value, n) => Math.abs(value - frames[n]))
  expect(Math.max(...off)).toBeLessThan(2e-4)
  expect(new Set(golden.frames.flat()).has(-4)).toBe(true)
})

test('chunks of any size make the same features', () => {
  const whole = melOf(signal(), 9650)
  for (const chunk of [1, 7, 801]) expect(melOf(signal(), chunk)).toEqual(whole)
})

test.for([1, 150, 399, 400, 401, 799, 800, 1000])(
  'a speech of %d samples has a frame for each 200',
  (length) => {
    const { frames, frameCount } = melOf(signal().subarray(0, length), 64)
    expect(frameCount).toBe(Math.floor(length / 200) + 1)
    expect(frames.every(Number.isFinite)).toBe(true)
  },
)

test('windows start where the published inference starts them', () => {
  const starts = [0, 1, 2, 3, 7].map((frame) => windowStart(frame, 30, 0, 100))
  expect(starts).toEqual([0, 2, 5, 8, 18])
  expect(windowStart(1000, 25, 0, 100)).toBe(84)
  expect(windowStart(10, 25, 0.1, 100)).toBe(40)
  expect(windowStart(0, 25, -0.1, 100)).toBe(0)
  expect(windowStart(5, 25, 0, 10)).toBe(0)
})

test('a window is 80 bands of 16 frames, filled up with silence', () => {
  const frames = Float32Array.from({ length: MEL_BANDS * 20 }, (_, n) => n)
  const out = new Float32Array(WINDOW_LENGTH)
  copyWindow({ frames, frameCount: 20 }, 3, out)
  expect(out[0]).toBe(3 * MEL_BANDS)
  expect(out[5 * WINDOW_FRAMES + 2]).toBe(5 * MEL_BANDS + 5)
  copyWindow({ frames, frameCount: 20 }, 10, out)
  expect(out[10]).toBe(-4)
})
