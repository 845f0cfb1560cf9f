import { faceTone } from '#worker/engines/mouth/paint/face-tone'
import { type InnerMouth, paintInnerMouth } from '#worker/engines/mouth/paint/inner-mouth'
import { lipContour } from '#worker/engines/mouth/paint/lip-contour'
import type { MouthPose } from '#worker/engines/mouth/speech/curves'
import type { Basis } from '#worker/engines/vision/basis'
import { facePose, type MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { clamp } from '#worker/engines/vision/numbers'
import { frameBytes } from '#worker/pipeline/video-plan'
import { mouthShape, movePoints } from './mouth-shape.ts'
import { type FrameShape, warpTriangles } from './rasteriser.ts'

/** Opening from which on a drawn mouth reaches out to the ends of the line between the lips, in face units. */
const CORNERS_FROM = 0.06

/** Redraws the mouth of source frame `index` in its picture. */
export type FaceWarp = (frame: Uint8Array, face: Float32Array, index: number, pose: MouthPose) => void

/** The render pass's work on a single frame, without any network. */
export function createFaceWarp(
  shape: FrameShape,
  basis: Basis,
  measures: MouthMeasures,
  mouth: InnerMouth,
): FaceWarp {
  const from = new Float32Array(2 * basis.pointCount)
  const to = new Float32Array(2 * basis.pointCount)
  const scratch = new Uint8Array(frameBytes(shape))
  return (frame, face, index, speech) => {
    const weight = measures.weight[index]
    if (weight === 0) return
    const pose = facePose(face, basis)
    const wanted = mouthShape(speech, measures, weight)
    const measured = { opening: measures.opening[index], width: measures.width[index] }
    movePoints(face, pose, basis, wanted, measured, from, to)
    // A mouth that the clip shows has its own corners.
    const toCorners = mouth.exemplar ? 0 : clamp(wanted.opening / CORNERS_FROM, 0, 1)
    const contour = lipContour(to, pose, basis, toCorners)
    const tone = faceTone(frame, shape, face, basis)
    warpTriangles(frame, scratch, shape, basis.triangles, from, to)
    const { opening } = wanted
    paintInnerMouth(frame, shape, mouth, {
      pose,
      contour,
      opening,
      sourceOpening: measured.opening,
      tone,
      weight,
    })
  }
}
