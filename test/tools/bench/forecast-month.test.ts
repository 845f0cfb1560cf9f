import { expect, it } from 'vitest'
import { runForecastBench } from '#tools/bench/forecast'

it('keeps what it promises through a simulated month on two slots', () => {
  const { checks } = runForecastBench({ slotCounts: [2] })
  expect(checks.filter((check) => !check.ok)).toEqual([])
  expect(checks.length).toBeGreaterThan(10)
})
