import { setImmediate } from 'node:timers/promises'
import type { Motion } from '#worker/engines/mouth/speech/motion'
import type { MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { clamp, percentile } from '#worker/engines/vision/numbers'
import type { UnitBank } from './bank.ts'
import { createCheapestPath } from './cheapest-path.ts'
import { changeCosts, unitCosts } from './costs.ts'
import { type Wish, wishOf } from './wish.ts'

/** Which of the presenter's own mouths each frame of a result shows, and for which wish. */
export interface Cast {
  bank: UnitBank
  wishes: Wish[]
  /** The unit of each frame. */
  path: Uint16Array
}

export interface CastRequest {
  bank: UnitBank
  measures: MouthMeasures
  motion: Motion
  /** Frames of the whole result: what a part shows depends on all of it. */
  frames: number
  /** Frame of the clip that a frame of the result shows. */
  sourceOf: (frame: number) => number
  signal: AbortSignal
}

/** Frames after which others have their turn on the thread. */
const TURN = 100

/** Finds the way through the units that fits a speech best, with as few and as small jumps as can be. */
export async function castUnits({
  bank,
  measures,
  motion,
  frames,
  sourceOf,
  signal,
}: CastRequest): Promise<Cast> {
  const poses = Array.from({ length: frames }, (_, n) => motion(n))
  const roundness = roundnessOf(Float32Array.from(poses, ({ round }) => round))
  const wishes = poses.map((pose) => wishOf(pose, measures, bank.widths, roundness))
  const costsOf = unitCosts(bank)
  const costs = new Float32Array(bank.units.length)
  const path = createCheapestPath(bank.units.length, changeCosts(bank.units), frames)
  for (let n = 0; n < frames; n++) {
    costsOf(wishes[n], sourceOf(n), costs)
    path.step(costs)
    if (n % TURN > 0) continue
    await setImmediate()
    signal.throwIfAborted()
  }
  return { bank, wishes, path: path.finish() }
}

/** What the roundest lips of a speech come to on the curve, and how much the curve is scaled at least and at most. */
const ROUNDEST = { share: 0.97, value: 0.95 }
const SCALE = { min: 1.35, max: 2 }

/** The network seldom says that lips are quite round: its curve is scaled so that those of each speech are. */
function roundnessOf(round: Float32Array): number {
  return clamp(ROUNDEST.value / Math.max(1e-3, percentile(round, ROUNDEST.share)), SCALE.min, SCALE.max)
}
