import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AgingJob, promotionsOf } from '#core/forecast/aging-promotions'
import { type ForecastJob, forecastLine } from '#core/forecast/forecast'
import { BANDS, type Band } from '#core/queue/ordering'

const MINUTE = 60_000
const AGING = 60 * MINUTE
const certain = { logMedian: Math.log(600), ownSd: 0, sharedSd: 0 }

/** A job that arrived, and came into its band, so many minutes ago. */
const turn = (band: Band, arrived: number, inBand = arrived, pinned = false): AgingJob => ({
  ...{ band, pinned, arrivedAt: -arrived * MINUTE, bandSince: -inBand * MINUTE },
})

/** Which job starts when, on one slot that takes ten minutes for each. */
function orderOf(turns: readonly AgingJob[], agingMs: number | null = AGING): number[] {
  const jobs = turns.map((one, index): ForecastJob => ({ id: `${index}`, costs: [certain], turn: one }))
  const { waiting } = forecastLine({ now: 0, slots: [{ kind: 0, running: null }], jobs, agingMs })
  const starts = waiting.map((times) => times!.startP50)
  return [...starts.keys()].sort((a, b) => starts[a] - starts[b])
}

/** The same, lifting one after another as the portal does it. */
function liftedByHand(turns: readonly AgingJob[]): number[] {
  const line = turns.map((one, job) => ({ ...one, job, rank: BANDS.indexOf(one.band) }))
  const order: number[] = []
  for (let now = 0; line.length > 0; now += 10 * MINUTE) {
    for (;;) {
      const due = line.filter((one) => one.rank > 0 && one.bandSince + AGING <= now)
      if (due.length === 0) break
      const one = due.reduce((first, other) => (other.bandSince < first.bandSince ? other : first))
      line.splice(line.indexOf(one), 1)
      one.rank--
      one.bandSince += AGING
      const at = line.findIndex(
        ({ rank, arrivedAt }) => rank > one.rank || (rank === one.rank && arrivedAt > one.arrivedAt),
      )
      line.splice(at < 0 ? line.length : at, 0, one)
    }
    order.push(line.shift()!.job)
  }
  return order
}

describe('aging in the forecast', () => {
  it('lets a low job that has waited long go before normal ones that came after it', () => {
    const line = [turn('normal', 50), turn('normal', 10), turn('normal', 9), turn('low', 45)]
    expect(orderOf(line, null)).toEqual([0, 1, 2, 3])
    // In a quarter of an hour it is promoted, when the second normal one runs.
    expect(orderOf(line)).toEqual([0, 1, 3, 2])
  })

  it('leaves a job alone that an admin has put where it is', () => {
    const line = [turn('normal', 70, 10), turn('normal', 1, 1, true), turn('normal', 9), turn('low', 61)]
    expect(orderOf(line)).toEqual([0, 1, 3, 2])
  })

  it('has nothing to say where everybody is promoted in turn', () => {
    expect(promotionsOf([turn('high', 90), turn('normal', 50), turn('normal', 40)], AGING, 0)).toBeNull()
    expect(promotionsOf([turn('normal', 50), turn('normal', 40), turn('low', 30)], AGING, 0)).toBeNull()
    expect(promotionsOf([turn('normal', 20), turn('low', 30)], AGING, 0)).not.toBeNull()
  })

  it('looks where somebody later in the line is promoted first, not where several are promoted at once', () => {
    expect(promotionsOf([turn('normal', 50, 10), turn('normal', 40)], AGING, 0)).not.toBeNull()
    expect(promotionsOf([turn('normal', 50), turn('normal', 50)], AGING, 0)).toBeNull()
  })

  it('counts seconds from now, none before it', () => {
    const now = 30 * MINUTE
    const promotions = promotionsOf([turn('normal', 10), turn('low', 40)], AGING, now)!
    // The low job's first is due by now, its others an hour and two after that; the normal one's in twenty minutes.
    expect([...promotions.at]).toEqual([0, 1200, 3000, 4800, 6600])
    expect([...promotions.job]).toEqual([1, 0, 1, 0, 1])
  })

  it('puts a job behind those that arrived when it did, and before those of the bands below', () => {
    const placesOf = (turns: AgingJob[], job: number) => {
      const { job: jobs, place } = promotionsOf(turns, AGING, 0)!
      return [...place].filter((_, index) => jobs[index] === job)
    }
    const [beside] = placesOf([turn('normal', 30), turn('normal', 9), turn('low', 30)], 2)
    expect(beside).toBeGreaterThan(0)
    expect(beside).toBeLessThan(1)
    // All bands above are as empty as each other.
    const line = [turn('low', 10, 5), turn('low', 60, 50)]
    const [normal, high, urgent] = placesOf(line, 0)
    expect(urgent).toBeLessThan(high)
    expect(high).toBeLessThan(normal)
    expect(normal).toBeLessThan(0)
    // The second one arrived first.
    expect(placesOf(line, 1)[0]).toBeLessThan(normal)
  })

  it('orders any line as the portal will', () => {
    const line = fc
      .uniqueArray(
        fc.record({
          rank: fc.integer({ min: 0, max: 3 }),
          arrived: fc.integer({ min: 0, max: 300 }),
          late: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        { maxLength: 25, minLength: 1, selector: ({ arrived }) => arrived },
      )
      .map((all) =>
        all
          .sort((a, b) => a.rank - b.rank || b.arrived - a.arrived)
          .map(({ rank, arrived, late }, index) =>
            // No two are promoted at the same moment.
            turn(BANDS[rank], arrived, Math.min(59, arrived * late) + index / 1000),
          ),
      )
    fc.assert(
      fc.property(line, (turns) => {
        expect(orderOf(turns)).toEqual(liftedByHand(turns))
      }),
      { numRuns: 500 },
    )
  })
})
