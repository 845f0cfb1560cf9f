import { LIP_ON_TEETH } from '#worker/engines/mouth/face/mouth-shape'
import type { MouthPose } from '#worker/engines/mouth/speech/curves'
import type { MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { clamp } from '#worker/engines/vision/numbers'
import type { UnitBank } from './bank.ts'

/** What a moment of speech asks of a presenter's own mouth. Lengths in face units. */
export interface Wish {
  opening: number
  width: number
  /** 1 for p, b and m. */
  closed: number
  /** 1 for f and v. */
  lipOnTeeth: number
  /** How much the lips are rounded, 0 to 1. */
  round: number
}

/** How much wider and narrower than at rest a mouth gets, within what was seen on speakers. */
const SPREAD = { min: 0.05, max: 0.2 }
const ROUND = { min: 0.1, max: 0.3 }

/** The wish of a moment, from the presenter's own narrowest to the widest; `roundness` scales the curve of round lips. */
export function wishOf(
  pose: MouthPose,
  { widest }: MouthMeasures,
  { narrow, resting, wide }: UnitBank['widths'],
  roundness: number,
): Wish {
  const spread = clamp(wide / resting - 1, SPREAD.min, SPREAD.max)
  const rounding = clamp(1 - narrow / resting, ROUND.min, ROUND.max)
  const round = Math.min(1, roundness * pose.round)
  return {
    opening: Math.max(widest * pose.open, LIP_ON_TEETH * pose.lipOnTeeth) * (1 - pose.closed),
    width: resting * (1 + spread * pose.spread - rounding * round),
    closed: pose.closed,
    lipOnTeeth: pose.lipOnTeeth,
    round,
  }
}
