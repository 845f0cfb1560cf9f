import { type Fit, fitCost, fitVariance, logCost, type Prior } from '#core/forecast/cost-fit'
import { credibility, fitLevels, type Levels, NEW_DEVICE_VARIANCE } from '#core/forecast/cost-levels'

/** A render as far as its cost depends on it. */
export interface Workload {
  /** Pixels of one frame of the result. */
  outputPixels: number
  /** Frames of the result. */
  frames: number
  /** Frames of the presenter's video. */
  clipFrames: number
  /** The presenter's face was tracked by an earlier render. */
  cachedAnalysis: boolean
  /** Whose video it is: some cost more than their size says. */
  presenterId: string
}

/** Where it renders: an engine's name, and a device such as cpu, cuda:0, or host/cuda:0 to tell machines apart. */
export interface RenderTarget {
  engine: string
  device: string
}

/** A render that ended well, and the seconds it took. */
export interface CostSample extends Workload, RenderTarget {
  seconds: number
}

/** A render's seconds as a log-normal distribution. */
export interface CostEstimate {
  /** Natural logarithm of the median seconds. */
  logMedian: number
  /** Standard deviation of the logarithm that this render has for itself: it averages out over a queue. */
  ownSd: number
  /** The part that all renders there have in common, since the model may be off: it does not average out. */
  sharedSd: number
}

interface EngineModel {
  fit: Fit
  levels: Levels
}

/** What renders cost, by engine and kind of device. */
export type CostModel = ReadonlyMap<string, EngineModel>

/** Renders of one engine on one kind of device that are learnt from; older ones are left out. */
const LEARNT_FROM = 400
/** After so many later renders one counts half. */
const HALF_LIFE = 150

/** Learns from renders in the order in which they ended, oldest first. Works from none on. */
export function fitCostModel(samples: readonly CostSample[]): CostModel {
  const usable = samples.filter((sample) => sample.seconds > 0 && sample.frames > 0)
  const byKind = Map.groupBy(usable, kindOf)
  return new Map([...byKind].map(([kind, own]) => [kind, fitEngine(own.slice(-LEARNT_FROM))]))
}

/** How long a render takes at a place. */
export function estimateCost(model: CostModel, work: Workload, place: RenderTarget): CostEstimate {
  const { fit, levels } = model.get(kindOf(place)) ?? untrained(place)
  const x = termsOf(work)
  const device = levels.devices.get(place.device) ?? { value: 0, variance: NEW_DEVICE_VARIANCE }
  const presenter = levels.presenters.get(work.presenterId) ?? { effect: 0, renders: 0 }
  const unknown = levels.presenterVariance * (1 - credibility(presenter.renders, levels))
  return {
    logMedian: logCost(fit.theta, fit.prior, x) + device.value + presenter.effect,
    ownSd: Math.sqrt(levels.ownVariance + unknown),
    sharedSd: Math.sqrt(fitVariance(fit, x) + device.variance),
  }
}

/** The median seconds of an estimate. */
export const secondsOf = (estimate: CostEstimate): number => Math.exp(estimate.logMedian)

function fitEngine(samples: readonly CostSample[]): EngineModel {
  const observations = samples.map((sample, index) => ({
    x: termsOf(sample),
    logSeconds: Math.log(sample.seconds),
    weight: 0.5 ** ((samples.length - 1 - index) / HALF_LIFE),
  }))
  const fit = fitCost(observations, priorOf(samples[0]))
  const residuals = samples.map(({ device, presenterId }, index) => {
    const { x, logSeconds } = observations[index]
    return { device, presenterId, value: logSeconds - logCost(fit.theta, fit.prior, x) }
  })
  return { fit, levels: fitLevels(residuals, fit.sigma) }
}

const untrained = (place: RenderTarget): EngineModel => ({
  fit: fitCost([], priorOf(place)),
  levels: fitLevels([], 1),
})

/** A video is analysed as far as it is shown. */
function termsOf({ outputPixels, frames, clipFrames, cachedAnalysis }: Workload): number[] {
  const analysed = cachedAnalysis ? 0 : Math.min(clipFrames, frames)
  return [1, frames, (frames * outputPixels) / 1e6, analysed]
}

const kindOf = (place: RenderTarget): string => `${place.engine} ${deviceKind(place.device)}`

/** cpu, cuda, coreml, dml or heygem: a device's name without its host, number or address. */
const deviceKind = (device: string): string => /(cpu|cuda|coreml|dml|heygem)(?=$|:)/.exec(device)?.[1] ?? ''

/**
 * Seconds of the terms before any render was seen: the built-in engine as measured on two busy CPU cores
 * (36 frames a second at 720p, 30 at 1080p), the others as rough guesses that may be off by a factor of 3.
 */
function priorOf(place: RenderTarget): Prior {
  const cpu = deviceKind(place.device) === 'cpu'
  if (place.engine === 'mouth')
    return {
      coefficients: cpu ? [3, 0.02, 0.006, 0.012] : [3, 0.01, 0.004, 0.006],
      speedSd: 0.7,
      termSd: 0.6,
    }
  return { coefficients: [10, cpu ? 0.07 : 0.04, 0.01, 0.01], speedSd: 1, termSd: 0.6 }
}
