import { describe, expect, it } from 'vitest'
import { lastDone } from '#app/_jobs/done-at.tsx'
import { scaleOf, spanOf } from '#app/(portal)/_parts/schedule-scale'
import type { JobForecast } from '#core/forecast/forecast-data'

const MINUTE = 60_000

describe('the scale of the schedule', () => {
  it('reaches from now to the last end, three minutes at least and an hour at most', () => {
    expect(scaleOf(0, [])).toMatchObject({ from: 0, to: 3 * MINUTE })
    expect(scaleOf(0, [10 * MINUTE, 20 * MINUTE])).toMatchObject({ from: 0, to: 20 * MINUTE })
    expect(scaleOf(0, [90 * MINUTE])).toMatchObject({ from: 0, to: 60 * MINUTE })
  })

  it('has up to seven ticks at whole steps', () => {
    const { ticks } = scaleOf(1, [20 * MINUTE])
    expect(ticks).toEqual([5, 10, 15, 20].map((minutes) => minutes * MINUTE))
    expect(scaleOf(0, [60 * MINUTE]).ticks).toHaveLength(7)
  })
})

describe('a block of the schedule', () => {
  const scale = { from: 100, to: 200 }

  it.each([
    [
      { startAt: 120, finishAt: 150 },
      { left: 20, width: 30 },
    ],
    [
      { startAt: 50, finishAt: 150 },
      { left: 0, width: 50 },
    ],
    [
      { startAt: 150, finishAt: 250 },
      { left: 50, width: 50 },
    ],
    [{ startAt: 200, finishAt: 250 }, null],
    [{ startAt: 50, finishAt: 90 }, null],
  ])('%j stands where its time is', (block, span) => expect(spanOf(block, scale)).toEqual(span))
})

describe('a batch', () => {
  const at = (p50: number, p90: number): JobForecast => ({
    startAt: { p50: new Date(0), p90: new Date(0) },
    finishAt: { p50: new Date(p50), p90: new Date(p90) },
  })
  const unknown: JobForecast = { unknown: 'no_worker' }

  it('is done when the last of its open jobs is', () => {
    const jobs = [
      { state: 'queued', forecast: at(5, 9) },
      { state: 'running', forecast: at(7, 8) },
      { state: 'succeeded', forecast: at(99, 99) },
    ]
    expect(lastDone(jobs)).toMatchObject({ finishAt: { p50: new Date(7), p90: new Date(9) } })
  })

  it('has no such time while one of them has none, or when nothing is open', () => {
    expect(
      lastDone([
        { state: 'queued', forecast: at(5, 9) },
        { state: 'queued', forecast: unknown },
      ]),
    ).toBeNull()
    expect(lastDone([{ state: 'succeeded', forecast: null }])).toBeNull()
  })
})
