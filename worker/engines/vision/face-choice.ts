import type { RenderOptions } from '#core/engine/options'
import type { DetectedFace } from './detector.ts'

/** Which of several faces speaks. */
export type FaceChoice = RenderOptions['face']

/** Faces smaller than this share of the largest are bystanders: they are never the outermost ones. */
const BYSTANDER = 0.35

/**
 * The face that a choice means among those of one picture, null where there are none. Faces come largest first.
 * "left" and "right" are the viewer's; a point is given in shares of the picture.
 */
export function chooseFace(
  faces: DetectedFace[],
  choice: FaceChoice,
  picture: { width: number; height: number },
): DetectedFace | null {
  if (faces.length === 0) return null
  if (choice === 'largest') return faces[0]
  if (choice === 'left' || choice === 'right') {
    const sign = choice === 'left' ? 1 : -1
    const largest = Math.max(...faces.map(({ size }) => size))
    return least(
      faces.filter(({ size }) => size >= largest * BYSTANDER),
      ({ x }) => sign * x,
    )
  }
  const [x, y] = [choice.x * picture.width, choice.y * picture.height]
  return least(faces, (face) => Math.hypot(face.x - x, face.y - y))
}

/** Names a choice in the name of a cache file; empty for the ordinary one. */
export function choiceKey(choice: FaceChoice): string {
  if (choice === 'largest') return ''
  if (typeof choice === 'string') return `-${choice}`
  return `-${Math.round(choice.x * 1000)}x${Math.round(choice.y * 1000)}`
}

function least(faces: DetectedFace[], value: (face: DetectedFace) => number): DetectedFace {
  return faces.reduce((best, face) => (value(face) < value(best) ? face : best))
}
