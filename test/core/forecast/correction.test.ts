import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyCorrection, fitCorrection, NO_CORRECTION, type Outcome } from '#core/forecast/correction'
import { chance } from '#tools/bench/month/random'

const outcomes = (count: number, off: (p50: number) => number): Outcome[] => {
  const random = chance(3)
  return Array.from({ length: count }, () => {
    const p50 = Math.exp(4 + 6 * random.next())
    return { p50, p90: 1.2 * p50, actual: off(p50) * p50 * Math.exp(0.3 * random.normal()) }
  })
}

const held = (all: Outcome[], correction = fitCorrection(all)) => {
  const promised = all.map((one) => ({ ...applyCorrection(correction, one), actual: one.actual }))
  const share = (which: 'p50' | 'p90') =>
    promised.filter((one) => one.actual <= one[which]).length / all.length
  return { p50: share('p50'), p90: share('p90') }
}

describe('the correction by past errors', () => {
  it('does nothing without a past, and little after one surprise', () => {
    expect(applyCorrection(NO_CORRECTION, { p50: 100, p90: 150 })).toEqual({ p50: 100, p90: 150 })
    const once = applyCorrection(fitCorrection([{ p50: 100, p90: 150, actual: 10_000 }]), {
      p50: 100,
      p90: 150,
    })
    expect(once.p50).toBeLessThan(150)
  })

  it('makes p50 and p90 hold for forecasts that were off', () => {
    const before = held(
      outcomes(600, () => 1.5),
      NO_CORRECTION,
    )
    expect(before.p50).toBeLessThan(0.2)
    const after = held(outcomes(600, () => 1.5))
    expect(after.p50).toBeCloseTo(0.5, 1)
    expect(after.p90).toBeGreaterThan(0.87)
    expect(after.p90).toBeLessThan(0.95)
  })

  it('corrects long waits otherwise than short ones', () => {
    const correction = fitCorrection(outcomes(800, (p50) => (p50 > 3600 ? 2 : 1)))
    expect(applyCorrection(correction, { p50: 200, p90: 240 }).p50 / 200).toBeLessThan(1.15)
    expect(applyCorrection(correction, { p50: 15_000, p90: 18_000 }).p50 / 15_000).toBeGreaterThan(1.6)
  })

  it('keeps the order of waits, and p50 before p90', () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 200_000 }))
    const past = fc.array(
      fc.record({
        p50: fc.double({ min: 1, max: 1e5, noNaN: true }),
        p90: fc.double({ min: 1, max: 1e5, noNaN: true }),
        actual: fc.double({ min: 1, max: 1e5, noNaN: true }),
      }),
      { maxLength: 100 },
    )
    fc.assert(
      fc.property(past, pair, (all, [a, b]) => {
        const correction = fitCorrection(all)
        const [early, late] = [Math.min(a, b), Math.max(a, b)].map((p50) =>
          applyCorrection(correction, { p50, p90: 2 * p50 }),
        )
        expect(early.p50).toBeLessThanOrEqual(late.p50 * 1.000001)
        expect(early.p90).toBeGreaterThanOrEqual(early.p50)
      }),
    )
  })
})
