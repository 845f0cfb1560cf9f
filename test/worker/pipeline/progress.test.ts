import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Progress } from '#worker/engine-contract/engine'
import { createStageProgress, type StageProgress } from '#worker/pipeline/progress'

let told: Progress[]
let progress: StageProgress

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  progress = createStageProgress((state) => told.push(state))
})
afterEach(() => {
  progress.stop()
  vi.useRealTimers()
})

test('a render that does not move is told of at least twice a second, until it stops', () => {
  vi.advanceTimersByTime(2000)
  expect(told.length).toBeGreaterThanOrEqual(4)
  progress.stop()
  const before = told.length
  vi.advanceTimersByTime(2000)
  expect(told).toHaveLength(before)
})

test('a fast one is told of at most ten times a second, with its frames a second', () => {
  progress.stage('render', 0.2, 1)
  for (let frame = 1; frame <= 100; frame++) {
    vi.advanceTimersByTime(20)
    progress.frames(frame, 400)
  }
  expect(told.length).toBeLessThanOrEqual(2 + 2000 / 100 + 2000 / 250)
  expect(told.length).toBeGreaterThan(15)
  const { fps, framesDone, frames, fraction } = told.at(-1)!
  expect(fps).toBeCloseTo(50, -1)
  expect(frames).toBe(400)
  expect(fraction).toBeCloseTo(0.2 + (0.8 * framesDone) / 400)
})

test('the fraction never falls, whatever the stages say', () => {
  progress.stage('render', 0.5, 0.9)
  progress.portion(1)
  progress.stage('mux', 0.7, 1)
  progress.atLeast(0.1)
  progress.portion(0.1)
  vi.advanceTimersByTime(1000)
  const fractions = told.map(({ fraction }) => fraction)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect(fractions.at(-1)).toBeCloseTo(0.9)
})
