import { describe, expect, it } from 'vitest'
import {
  type CostSample,
  estimateCost,
  fitCostModel,
  secondsOf,
  type Workload,
} from '#core/forecast/cost-model'
import { median } from '#core/forecast/normal'
import { type Chance, chance } from '#tools/bench/month/random'

const PLACE = { engine: 'mouth', device: 'box/cuda:0' }
const WORK: Workload = {
  outputPixels: 1280 * 720,
  frames: 1500,
  clipFrames: 750,
  cachedAnalysis: true,
  presenterId: 'somebody',
}

/** What a render truly takes in these tests, in seconds. */
const truth = ({ frames, outputPixels, clipFrames, cachedAnalysis }: Workload): number =>
  5 +
  frames * (0.015 + (0.008 * outputPixels) / 1e6) +
  (cachedAnalysis ? 0 : 0.02 * Math.min(frames, clipFrames))

function sample(random: Chance, change: Partial<CostSample> = {}): CostSample {
  const work = {
    ...WORK,
    outputPixels: random.pick([1280 * 720, 1920 * 1080]),
    frames: 300 + Math.floor(4000 * random.next()),
    cachedAnalysis: random.happens(0.6),
    presenterId: `presenter-${Math.floor(20 * random.next())}`,
  }
  const seconds = truth(work) * Math.exp(0.1 * random.normal())
  return { ...work, ...PLACE, seconds, ...change }
}

const samples = (count: number, change?: (one: CostSample, index: number) => Partial<CostSample>) => {
  const random = chance(7)
  return Array.from({ length: count }, (_, index) => {
    const one = sample(random)
    return { ...one, ...change?.(one, index) }
  })
}

const errorOf = (learnt: CostSample[], work: Workload = WORK) =>
  secondsOf(estimateCost(fitCostModel(learnt), work, PLACE)) / truth(work) - 1

describe('the cost model', () => {
  it('has an opinion without any history, and says that it may be far off', () => {
    const estimate = estimateCost(fitCostModel([]), WORK, PLACE)
    expect(secondsOf(estimate)).toBeGreaterThan(5)
    expect(secondsOf(estimate)).toBeLessThan(300)
    expect(estimate.sharedSd).toBeGreaterThan(0.5)
  })

  it.each([
    [1, 0.4],
    [5, 0.25],
    [20, 0.12],
    [200, 0.06],
  ])('after %i renders it is off by less than %f', (count, most) => {
    expect(Math.abs(errorOf(samples(count)))).toBeLessThan(most)
  })

  it('is surer the more it has seen', () => {
    const spread = [0, 1, 5, 50, 300].map(
      (count) => estimateCost(fitCostModel(samples(count)), WORK, PLACE).sharedSd,
    )
    expect(spread).toEqual(spread.toSorted((a, b) => b - a))
  })

  it('tells fixed, per-frame and per-pixel cost apart, and the analysis that only the first render needs', () => {
    const learnt = samples(300)
    for (const frames of [300, 4000])
      for (const outputPixels of [1280 * 720, 1920 * 1080])
        for (const cachedAnalysis of [true, false])
          expect(Math.abs(errorOf(learnt, { ...WORK, frames, outputPixels, cachedAnalysis }))).toBeLessThan(
            0.1,
          )
  })

  it('is not led astray by renders that took twenty times as long', () => {
    const learnt = samples(100, ({ seconds }, index) => (index % 10 === 3 ? { seconds: seconds * 20 } : {}))
    expect(Math.abs(errorOf(learnt))).toBeLessThan(0.15)
  })

  it('follows a device that became half as fast', () => {
    const before = samples(200)
    const slower = samples(260, ({ seconds }) => ({ seconds: 2 * seconds })).slice(200)
    const off = (count: number) => (1 + errorOf([...before, ...slower.slice(0, count)])) / 2 - 1
    expect(off(0)).toBeLessThan(-0.4)
    expect(Math.abs(off(30))).toBeLessThan(0.15)
  })

  it('keeps two devices of one kind apart, and guesses a new one from them with less certainty', () => {
    const learnt = samples(200, ({ seconds }, index) =>
      index % 2 ? {} : { device: 'box/cuda:1', seconds: 1.4 * seconds },
    )
    const model = fitCostModel(learnt)
    const at = (device: string) => estimateCost(model, WORK, { engine: 'mouth', device })
    expect(secondsOf(at('box/cuda:1')) / secondsOf(at('box/cuda:0'))).toBeCloseTo(1.4, 1)
    expect(at('other/cuda:0').sharedSd).toBeGreaterThan(2 * at('box/cuda:0').sharedSd)
  })

  it('learns that one presenter always costs more', () => {
    const learnt = samples(300, ({ seconds, presenterId }) =>
      presenterId === 'presenter-3' ? { seconds: 1.5 * seconds } : {},
    )
    const model = fitCostModel(learnt)
    const of = (presenterId: string) => secondsOf(estimateCost(model, { ...WORK, presenterId }, PLACE))
    expect(of('presenter-3') / median(['presenter-1', 'presenter-2', 'presenter-4'].map(of))).toBeGreaterThan(
      1.3,
    )
  })

  it('survives nonsense', () => {
    const learnt = samples(20, (_, index) => (index % 4 ? { seconds: 0 } : { frames: 0 }))
    expect(secondsOf(estimateCost(fitCostModel(learnt), WORK, PLACE))).toBeGreaterThan(0)
  })

  it('looks at each render equally often, be there few or many', () => {
    const readsOf = (count: number) => {
      let reads = 0
      const counted = samples(count).map((one) => ({
        ...one,
        get frames() {
          reads++
          return one.frames
        },
      }))
      fitCostModel(counted)
      return reads
    }
    const few = readsOf(500)
    expect(few).toBeGreaterThanOrEqual(500)
    expect(readsOf(2000)).toBeLessThanOrEqual(5 * few)
  })
})
