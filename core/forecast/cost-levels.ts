import { limited } from '#core/forecast/normal'

/** What a render's logarithmic cost is off by, beyond the fit, in the order of time. */
export interface Residual {
  device: string
  presenterId: string
  value: number
}

/** A device's present pace against the fit (0.1: about 10 % slower), and how well it is known. */
export interface Level {
  value: number
  variance: number
}

export interface Levels {
  devices: Map<string, Level>
  presenters: Map<string, { effect: number; renders: number }>
  /** Variance of one render's logarithmic cost when its presenter is known well. */
  ownVariance: number
  /** Variance between presenters. */
  presenterVariance: number
}

/** A device that was never seen: its pace may differ from its kind's by about 30 %. */
export const NEW_DEVICE_VARIANCE = 0.3 ** 2
/** A device's pace wanders by about 2 % from one render to the next. */
const WANDERING = 0.02 ** 2
/** Assumed before anything is known, worth this many presenters and renders. */
const PRESENTER_VARIANCE = 0.15 ** 2
const PRESENTERS_BEFORE = 3
const OWN_VARIANCE = 0.2 ** 2
const RENDERS_BEFORE = 4

/**
 * Follows each device's pace through time by a local level model, whose Kalman filter gives recent renders
 * more weight (Harvey, Forecasting, Structural Time Series Models, 2.3); what remains is split into what a
 * presenter's video always costs more or less and what is chance, by the method of moments.
 */
export function fitLevels(residuals: readonly Residual[], sigma: number): Levels {
  const devices = new Map<string, Level>()
  const rest = residuals.map(({ device, presenterId, value }) => {
    const level = devices.get(device) ?? { value: 0, variance: NEW_DEVICE_VARIANCE }
    const variance = level.variance + WANDERING
    const gain = variance / (variance + sigma ** 2)
    const surprise = limited(value - level.value, 2.5 * Math.sqrt(variance + sigma ** 2))
    devices.set(device, { value: level.value + gain * surprise, variance: variance * (1 - gain) })
    return { presenterId, value: surprise }
  })
  return { devices, ...splitByPresenter(rest) }
}

/** The share of a presenter's mean deviation that is believed after so many renders (James-Stein shrinkage). */
export const credibility = (renders: number, { ownVariance, presenterVariance }: Levels): number =>
  renders / (renders + ownVariance / presenterVariance)

function splitByPresenter(rest: { presenterId: string; value: number }[]) {
  const groups = [...Map.groupBy(rest, (one) => one.presenterId)].map(([id, own]) => {
    const mean = own.reduce((sum, one) => sum + one.value, 0) / own.length
    const squares = own.reduce((sum, one) => sum + (one.value - mean) ** 2, 0)
    return { id, renders: own.length, mean, squares }
  })
  const within = groups.reduce((sum, group) => sum + group.squares, RENDERS_BEFORE * OWN_VARIANCE)
  const ownVariance = within / (rest.length - groups.length + RENDERS_BEFORE)
  const between = groups.reduce(
    (sum, group) => sum + group.mean ** 2 - ownVariance / group.renders,
    PRESENTERS_BEFORE * PRESENTER_VARIANCE,
  )
  const presenterVariance = Math.max(0.01 ** 2, between / (groups.length + PRESENTERS_BEFORE))
  const presenters = new Map(
    groups.map(({ id, renders, mean }) => {
      const believed = renders / (renders + ownVariance / presenterVariance)
      return [id, { effect: believed * mean, renders }]
    }),
  )
  return { presenters, ownVariance, presenterVariance }
}
