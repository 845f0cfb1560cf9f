import { DEFAULT_OPTIONS, type RenderOptions } from '#core/engine/options'
import { clamp } from '#worker/engines/vision/numbers'
import { type MouthCurves, type MouthPose, mouthAt } from './curves.ts'

/** What the mouth does in each frame of a result. */
export type Motion = (frame: number) => MouthPose

export type MotionOptions = Pick<RenderOptions, 'leadMs' | 'strength' | 'expressiveness'>

/** A mouth that is made to open further than this share of its widest would tear. */
const WIDEST = 1.25

/** Plays curves at a frame rate, with the lead and the size of the movements that the options ask for. */
export function createMotion(
  curves: MouthCurves,
  fps: number,
  { leadMs, strength, expressiveness }: MotionOptions = DEFAULT_OPTIONS,
): Motion {
  return (frame) => {
    const pose = mouthAt(curves, frame / fps, leadMs / 1000)
    return {
      ...pose,
      open: clamp(pose.open * strength, 0, WIDEST),
      spread: clamp(pose.spread * expressiveness, 0, WIDEST),
      round: clamp(pose.round * expressiveness, 0, WIDEST),
    }
  }
}
