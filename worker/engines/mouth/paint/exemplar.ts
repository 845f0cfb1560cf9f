import type { FacePose } from '#worker/engines/vision/landmarks'
import type { LipContour } from './lip-contour.ts'
import type { Patch } from './mouth-patch.ts'

/** The inside of the presenter's own mouth in one frame: what is shown between the rendered lips. */
export interface Exemplar {
  opening: number
  pose: FacePose
  contour: LipContour
  patch: Patch
  /** How light the face was there. */
  light: number
  /** Height of the dark between upper and lower teeth, as a share of the gap; 1 where teeth hide it all. */
  cavity: number
}
