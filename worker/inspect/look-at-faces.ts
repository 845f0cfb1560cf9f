import { createDetector, type DetectedFace } from '#worker/engines/vision/detector'
import { chooseFace } from '#worker/engines/vision/face-choice'
import type { FaceNetworks } from '#worker/engines/vision/face-networks'
import { imageOf } from '#worker/engines/vision/presenter'
import { createTracker, type TrackedFace } from '#worker/engines/vision/tracker'
import type { VideoPlan } from '#worker/pipeline/video-plan'

/** What one picture shows of the largest face, in shares of the picture and pixels of the source. */
export interface FaceSeen {
  usable: boolean
  pixels: number
  yaw: number
  x: number
  y: number
  /** Height of the open eyes over their width: about 0.3, below 0.15 while they blink. */
  eyes: number
}

export interface Seen {
  /** Null where no face is in the picture. */
  face: FaceSeen | null
  /** Faces that are no bystanders. */
  people: number
}

/** Beyond these a mouth can't be rendered well; the renders fade out between 38 and 52, and 30 and 45 degrees. */
const MAX_TURN = { yaw: 45, pitch: 38 }
/** A smaller one than this share of the largest is somebody in the background. */
const BYSTANDER = 0.35

/** Looks at single pictures with the engine's own networks: each is found and measured anew. */
export function createFaceLook({ detector, mesh }: FaceNetworks, plan: VideoPlan) {
  const detect = createDetector(detector)
  const scale = plan.scaledFrom ? plan.scaledFrom.height / plan.height : 1
  return async (frame: Buffer): Promise<Seen> => {
    const image = imageOf(plan, frame)
    const faces = await detect(image)
    const found = chooseFace(faces, 'largest', plan)
    if (!found) return { face: null, people: 0 }
    const people = faces.filter(({ size }) => size >= BYSTANDER * found.size).length
    const tracked = await createTracker(mesh, async () => [found], 'largest')(image)
    return { people, face: describe(found, tracked, plan, scale) }
  }
}

function describe(
  found: DetectedFace,
  tracked: TrackedFace | null,
  { width, height }: VideoPlan,
  scale: number,
): FaceSeen {
  const place = { pixels: Math.round(found.size * scale), x: found.x / width, y: found.y / height }
  if (!tracked) return { ...place, usable: false, yaw: 0, eyes: 0 }
  const { points, yaw, pitch } = tracked
  const inside = MOUTH.every((point) => {
    const [x, y] = [points[2 * point], points[2 * point + 1]]
    return x >= 0 && y >= 0 && x < width && y < height
  })
  const usable = inside && Math.abs(yaw) <= MAX_TURN.yaw && Math.abs(pitch) <= MAX_TURN.pitch
  return {
    ...place,
    usable,
    yaw: Math.round(yaw),
    eyes: (openness(points, RIGHT) + openness(points, LEFT)) / 2,
  }
}

/** Corners of the mouth, and the middles of both lips' outer edges. */
const MOUTH = [61, 291, 0, 17]
/** Upper and lower lid, outer and inner corner of each eye. */
const RIGHT = [159, 145, 33, 133] as const
const LEFT = [386, 374, 263, 362] as const

function openness(
  points: Float32Array,
  [upper, lower, outer, inner]: readonly [number, number, number, number],
) {
  const distance = (a: number, b: number) =>
    Math.hypot(points[2 * a] - points[2 * b], points[2 * a + 1] - points[2 * b + 1])
  return distance(upper, lower) / Math.max(1e-3, distance(outer, inner))
}
