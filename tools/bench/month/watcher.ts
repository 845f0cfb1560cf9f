import { applyCorrection, fitCorrection, NO_CORRECTION, type Outcome } from '#core/forecast/correction'
import {
  type CostSample,
  estimateCost,
  fitCostModel,
  secondsOf,
  type Workload,
} from '#core/forecast/cost-model'
import { forecastLine } from '#core/forecast/forecast'
import type { Slot, Watcher } from './month.ts'

const ENGINE = 'heygem'
/** The portal learns anew after so many renders; it does so more often, by time. */
const LEARN_EVERY = 40

/** What was forecast and what came, in seconds from sending. */
export interface Kept extends Outcome {
  forecastP50: number
  forecastP90: number
}

/** The portal's own model, simulation and correction, learning from nothing but what it has seen. */
export function forecaster(devices: readonly string[]): Watcher & { kept: Kept[] } {
  const samples: CostSample[] = []
  const kept: Kept[] = []
  const given = new Map<string, Omit<Kept, 'actual'>>()
  let model = fitCostModel([])
  let correction = NO_CORRECTION
  const costsOf = (work: Workload) =>
    devices.map((device) => estimateCost(model, work, { engine: ENGINE, device }))

  return {
    kept,
    predictSeconds: (work) => secondsOf(costsOf(work)[0]),
    sent(now, batch, line, slots) {
      const alive = slots.filter((slot) => !slot.away)
      if (alive.length === 0) return
      const waiting = line.slice(0, 1 + Math.max(...batch.map((job) => line.indexOf(job))))
      const jobs = waiting.map((job) => ({
        id: job.id,
        costs: costsOf(job.work),
        notBefore: job.notBefore * 1000,
      }))
      const input = {
        now: now * 1000,
        jobs,
        slots: alive.map((slot) => slotOf(slot, now, slots.indexOf(slot))),
      }
      const { waiting: times } = forecastLine(input)
      const mine = new Set(batch)
      waiting.forEach((job, index) => {
        const at = times[index]
        if (!mine.has(job) || !at) return
        const wait = { p50: at.finishP50 / 1000 - now, p90: at.finishP90 / 1000 - now }
        const forecast = applyCorrection(correction, wait)
        given.set(job.id, { ...wait, forecastP50: forecast.p50, forecastP90: forecast.p90 })
      })
    },
    succeeded(now, job, device, seconds) {
      samples.push({ ...job.work, engine: ENGINE, device, seconds })
      const forecast = given.get(job.id)
      if (forecast) kept.push({ ...forecast, actual: now - job.sentAt })
      if (samples.length < LEARN_EVERY ? samples.length % 5 : samples.length % LEARN_EVERY) return
      model = fitCostModel(samples.slice(-400 * devices.length))
      correction = fitCorrection(kept)
    },
  }

  function slotOf({ running }: Slot, now: number, kind: number) {
    if (!running) return { kind, running: null }
    const elapsedSeconds = now - running.startedAt
    const fraction = Math.min(0.99, elapsedSeconds / running.course.seconds) ** running.course.bend
    return { kind, running: { cost: costsOf(running.job.work)[kind], elapsedSeconds, fraction } }
  }
}
