import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ForecastJob, type ForecastSlot, forecastLine, type Times } from '#core/forecast/forecast'

const SECOND = 1000
const cost = (seconds: number, ownSd = 0.2, sharedSd = 0.1) => ({
  logMedian: Math.log(seconds),
  ownSd,
  sharedSd,
})
const certain = (seconds: number) => cost(seconds, 0, 0)
const free = (kind = 0): ForecastSlot => ({ kind, running: null })
const job = (id: string, seconds: number, ownSd?: number, sharedSd?: number): ForecastJob => ({
  id,
  costs: [cost(seconds, ownSd, sharedSd)],
})

const costs = fc.record({
  seconds: fc.double({ min: 1, max: 1000, noNaN: true }),
  ownSd: fc.double({ min: 0, max: 0.5, noNaN: true }),
  sharedSd: fc.double({ min: 0, max: 0.5, noNaN: true }),
})
const jobs = fc
  .array(costs, { minLength: 1, maxLength: 40 })
  .map((all) => all.map((one, index) => job(`job-${index}`, one.seconds, one.ownSd, one.sharedSd)))
const slots = fc
  .array(fc.option(fc.tuple(costs, fc.double({ min: 0, max: 0.99, noNaN: true }))), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) =>
    all.map((busy): ForecastSlot => {
      if (!busy) return free()
      const [{ seconds, ownSd, sharedSd }, fraction] = busy
      return {
        kind: 0,
        running: { cost: cost(seconds, ownSd, sharedSd), elapsedSeconds: seconds * fraction, fraction },
      }
    }),
  )

const forecast = (line: ForecastJob[], at: ForecastSlot[], now = 0) => {
  const { waiting } = forecastLine({ now, slots: at, jobs: line })
  return waiting.filter((times): times is Times => times !== null)
}

describe('the forecast of the line', () => {
  it('says for one job on a free slot what its cost says', () => {
    const [times] = forecast([job('a', 100, 0.3, 0)], [free()], 5000)
    expect(times.startP50).toBe(5000)
    expect(times.startP90).toBe(5000)
    expect(times.finishP50).toBeCloseTo(5000 + 100 * SECOND, -3)
    expect(times.finishP90).toBeCloseTo(5000 + 100 * SECOND * Math.exp(0.3 * 1.2816), -4)
  })

  it('never has p90 before p50, an end before its start, or a start in the past', () => {
    fc.assert(
      fc.property(jobs, slots, (line, at) => {
        for (const times of forecast(line, at, 1000)) {
          expect(times.startP50).toBeGreaterThanOrEqual(1000)
          expect(times.startP90).toBeGreaterThanOrEqual(times.startP50)
          expect(times.finishP90).toBeGreaterThanOrEqual(times.finishP50)
          expect(times.finishP50).toBeGreaterThan(times.startP50)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('starts jobs in their order', () => {
    fc.assert(
      fc.property(jobs, slots, (line, at) => {
        const times = forecast(line, at)
        for (let i = 1; i < times.length; i++) {
          expect(times[i].startP50).toBeGreaterThanOrEqual(times[i - 1].startP50)
          expect(times[i].startP90).toBeGreaterThanOrEqual(times[i - 1].startP90)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('keeps what is certain: the work of all slots together is the work of all jobs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (seconds, count) => {
          const line = seconds.map((own, index) => ({ id: `${index}`, costs: [certain(own)] }))
          const times = forecast(
            line,
            Array.from({ length: count }, () => free()),
          )
          const work = seconds.reduce((sum, own) => sum + own, 0) * SECOND
          const end = Math.max(...times.map((one) => one.finishP50))
          // No slot idles while a job waits: Graham's bound on list scheduling, Bell System Technical Journal 1966.
          expect(end).toBeGreaterThanOrEqual(work / count - 1)
          expect(end).toBeLessThanOrEqual(work / count + Math.max(...seconds) * SECOND + 50)
          for (const [index, one] of times.entries())
            expect(one.finishP50 - one.startP50).toBeCloseTo(seconds[index] * SECOND, -2)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('uses all slots at once', () => {
    const line = Array.from({ length: 8 }, (_, index) => job(`${index}`, 60))
    expect(
      forecast(
        line,
        Array.from({ length: 8 }, () => free()),
      ).every((one) => one.startP50 === 0),
    ).toBe(true)
  })

  it('lets draw average out over a long line, but not what the model may be off by', () => {
    const line = (ownSd: number, sharedSd: number) =>
      Array.from({ length: 400 }, (_, index) => job(`job-${index}`, 60, ownSd, sharedSd))
    const spread = (all: Times[]) => all.at(-1)!.finishP90 / all.at(-1)!.finishP50
    expect(spread(forecast(line(0.3, 0), [free()]))).toBeLessThan(1.05)
    expect(spread(forecast(line(0, 0.3), [free()]))).toBeCloseTo(Math.exp(0.3 * 1.2816), 1)
  })

  it('gives jobs only to slots that can render them', () => {
    const line: ForecastJob[] = [
      { id: 'first', costs: [certain(100), null] },
      { id: 'second', costs: [certain(100), null] },
      { id: 'other', costs: [null, certain(10)] },
      { id: 'nowhere', costs: [null, null] },
    ]
    const { waiting } = forecastLine({ now: 0, slots: [free(0), free(1)], jobs: line })
    expect(waiting.map((one) => one && Math.round(one.startP50 / SECOND))).toEqual([0, 100, 0, null])
  })

  it('passes over a job that waits out a backoff, which then goes first', () => {
    const later = { ...job('later', 10, 0, 0), notBefore: 150 * SECOND }
    const line = [later, ...['a', 'b', 'c'].map((id) => job(id, 100, 0, 0))]
    const starts = forecast(line, [free()]).map((one) => Math.round(one.startP50 / SECOND))
    expect(starts).toEqual([200, 0, 100, 210])
    expect(Math.round(forecast([later], [free()])[0].startP50 / SECOND)).toBe(150)
  })

  it('says nothing where there are no slots', () => {
    expect(forecastLine({ now: 0, slots: [], jobs: [job('a', 10)] }).waiting).toEqual([null])
  })

  it('trusts a running job its progress more the further it is', () => {
    const end = (fraction: number, elapsedSeconds: number) => {
      const slot = { kind: 0, running: { cost: cost(100, 0.3, 0.1), elapsedSeconds, fraction } }
      return forecastLine({ now: 0, slots: [slot], jobs: [] }).running[0]!
    }
    // Twice as slow as the model says.
    expect(end(0.9, 180).finishP50).toBeCloseTo(20 * SECOND, -4)
    expect(end(0.9, 180).finishP90 - end(0.9, 180).finishP50).toBeLessThan(
      end(0.1, 20).finishP90 - end(0.1, 20).finishP50,
    )
    // Longer than anybody thought, without a word of progress: it still ends after now.
    expect(end(0, 5000).finishP50).toBeGreaterThan(0)
  })

  it('says the same for the same line', () => {
    const line = Array.from({ length: 50 }, (_, index) => job(`job-${index}`, 60))
    expect(forecast(line, [free(), free()])).toEqual(forecast(line, [free(), free()]))
  })

  it('spreads 10,000 jobs over 8 slots, none of which idles', () => {
    const seconds = (index: number) => 60 + (index % 100)
    const line = Array.from({ length: 10_000 }, (_, index) => ({
      id: `job-${index}`,
      costs: [certain(seconds(index))],
    }))
    const times = forecast(
      line,
      Array.from({ length: 8 }, () => free()),
    )
    const work = line.reduce((sum, _, index) => sum + seconds(index), 0) / 8
    const ends = times.map((one) => one.finishP50 / SECOND).sort((x, y) => x - y)
    // The eight that end last end within one job of each other, and the work of all fills the time until then.
    expect(ends.at(-1)! - ends.at(-8)!).toBeLessThanOrEqual(160)
    expect(Math.abs(ends.at(-1)! - work)).toBeLessThanOrEqual(160)
  })
})
