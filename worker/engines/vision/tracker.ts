import type { Session } from '#worker/engine-contract/onnx-runtime'
import type { DetectedFace, Detector } from './detector.ts'
import { chooseFace, type FaceChoice } from './face-choice.ts'
import { runOnImage } from './face-networks.ts'
import { LEFT_EYE_CORNER, MESH_POINTS, REFINED_LIPS, RIGHT_EYE_CORNER } from './landmarks.ts'
import { type Portrait, portraitDistance, portraitOf, refresh } from './likeness.ts'
import { type Affine, cropToRgb, squareCrop, type YuvImage } from './yuv-image.ts'

export interface TrackedFace {
  /** x and y of the 468 mesh points, in picture pixels. Reused by the next frame. */
  points: Float32Array
  score: number
  /** How far the head is turned to a side, and up or down, in degrees. */
  yaw: number
  pitch: number
}

/** Follows one face through a video: call it with every frame in order. Null where it isn't seen. */
export type Tracker = (image: YuvImage) => Promise<TrackedFace | null>

interface Region {
  x: number
  y: number
  side: number
  angle: number
}

const SIZE = 192
const MIN_SCORE = 0.5
/** The network sees the face's box with a quarter of its size around it. */
const MARGIN = 1.5
/** Portraits further apart than this aren't of one person; one who was alone so far may change more. */
const STRANGER = { among: 0.3, alone: 0.5 }
/** Frames in a row that must look like somebody else before the face counts as lost. */
const DOUBTS = 3
/** How fast the portrait follows light and pose: half of a change in about two seconds. */
const REFRESH = 0.015

/**
 * MediaPipe's face mesh with refined lips. A frame's region comes from the frame before; the detector is
 * asked for the first face, which the choice decides, and after a loss. The face that comes back must look
 * like the lost one, and more so than like anybody else who was there.
 */
export function createTracker(session: Session, detect: Detector, choice: FaceChoice): Tracker {
  const planes = new Float32Array(3 * SIZE * SIZE)
  const points = new Float32Array(2 * MESH_POINTS)
  const people = createMemory()
  let region: Region | null = null

  const measure = async (image: YuvImage, at: Region) => {
    const map = squareCrop(at.x, at.y, at.side, at.angle, SIZE)
    cropToRgb(image, map, SIZE, planes, { scale: 1 / 255, offset: 0, border: 0 })
    const output = await runOnImage(session, planes, SIZE)
    const mesh = output('output_mesh_identity')
    readPoints(mesh, output('output_lips'), map, points)
    return { score: 1 / (1 + Math.exp(-output('conv_faceflag')[0])), ...turnOf(mesh) }
  }
  /** Finds the exact place of a detected face, and its portrait. */
  const lookAt = async (image: YuvImage, face: DetectedFace) => {
    await measure(image, { x: face.x, y: face.y, side: face.size * MARGIN, angle: face.angle })
    const place = regionOf(points)
    const { score } = await measure(image, place)
    return { place, seen: score >= MIN_SCORE, portrait: portraitOf(planes) }
  }
  const find = async (image: YuvImage): Promise<Region | null> => {
    const faces = await detect(image)
    const wanted = people.isEmpty() ? chooseFace(faces, choice, image) : null
    const looks: (Awaited<ReturnType<typeof lookAt>> & { wanted: boolean })[] = []
    for (const face of faces) {
      const look = await lookAt(image, face)
      if (look.seen) looks.push({ ...look, wanted: face === wanted })
    }
    return people.recognise(looks)
  }
  return async (image) => {
    region ??= await find(image)
    if (!region) return null
    const face = await measure(image, region)
    const known = face.score >= MIN_SCORE && people.isStillThere(portraitOf(planes, people.seen))
    region = known ? regionOf(points) : null
    if (region && !insidePicture(region, image)) region = null
    return region ? { points, ...face } : null
  }
}

/** What the tracker knows of the people in a video: the one it follows, and others. */
function createMemory() {
  let own: Portrait | null = null
  const others: Portrait[] = []
  let doubts = 0
  const likeOther = (portrait: Portrait) =>
    others.reduce((least, other) => Math.min(least, portraitDistance(portrait, other)), Infinity)
  return {
    /** A portrait to reuse. */
    seen: new Float32Array(0) as Portrait,
    isEmpty: () => own === null,
    /** The place of the followed person among the faces of a picture; the wanted one where none is followed yet. */
    recognise(looks: { place: Region; portrait: Portrait; wanted: boolean }[]): Region | null {
      doubts = 0
      const best = own
        ? nearest(looks, own, likeOther, others.length > 0 ? STRANGER.among : STRANGER.alone)
        : looks.find(({ wanted }) => wanted)
      if (!best) return null
      own ??= best.portrait
      this.seen = new Float32Array(own.length)
      for (const { portrait } of looks) {
        const isNew = portrait !== best.portrait && likeOther(portrait) > STRANGER.among / 3
        if (isNew && others.length < 16) others.push(portrait)
      }
      return best.place
    },
    /** False once the face in the region has looked like somebody else for some frames. */
    isStillThere(portrait: Portrait): boolean {
      if (!own) return true
      const distance = portraitDistance(portrait, own)
      doubts = likeOther(portrait) < distance ? doubts + 1 : 0
      if (doubts === 0) refresh(own, portrait, REFRESH)
      return doubts < DOUBTS
    },
  }
}

function nearest<Look extends { portrait: Portrait }>(
  looks: Look[],
  own: Portrait,
  likeOther: (portrait: Portrait) => number,
  most: number,
): Look | undefined {
  const distance = ({ portrait }: Look) => portraitDistance(portrait, own)
  return looks
    .filter((look) => distance(look) <= Math.min(most, likeOther(look.portrait)))
    .sort((a, b) => distance(a) - distance(b))[0]
}

function readPoints(mesh: Float32Array, lips: Float32Array, map: Affine, points: Float32Array) {
  const put = (index: number, u: number, v: number) => {
    points[2 * index] = map[0] * u + map[1] * v + map[2]
    points[2 * index + 1] = map[3] * u + map[4] * v + map[5]
  }
  for (let n = 0; n < MESH_POINTS; n++) put(n, mesh[3 * n], mesh[3 * n + 1])
  REFINED_LIPS.forEach((index, n) => {
    put(index, lips[2 * n], lips[2 * n + 1])
  })
}

/** Points at both ears, on the forehead and on the chin. */
const [RIGHT_SIDE, LEFT_SIDE, FOREHEAD, CHIN] = [234, 454, 10, 152]

/** The head's turn from the depth of the mesh. */
function turnOf(mesh: Float32Array): { yaw: number; pitch: number } {
  const along = (from: number, to: number, axis: number) => mesh[3 * to + axis] - mesh[3 * from + axis]
  const degrees = (depth: number, length: number) => (Math.atan2(depth, length) * 180) / Math.PI
  const length = (from: number, to: number) => Math.hypot(along(from, to, 0), along(from, to, 1))
  return {
    yaw: degrees(along(RIGHT_SIDE, LEFT_SIDE, 2), length(RIGHT_SIDE, LEFT_SIDE)),
    pitch: degrees(along(FOREHEAD, CHIN, 2), length(FOREHEAD, CHIN)),
  }
}

/** The square around all points, along the line between the eyes. */
function regionOf(points: Float32Array): Region {
  const angle = Math.atan2(
    points[2 * LEFT_EYE_CORNER + 1] - points[2 * RIGHT_EYE_CORNER + 1],
    points[2 * LEFT_EYE_CORNER] - points[2 * RIGHT_EYE_CORNER],
  )
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let n = 0; n < MESH_POINTS; n++) {
    const x = cos * points[2 * n] + sin * points[2 * n + 1]
    const y = -sin * points[2 * n] + cos * points[2 * n + 1]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  const x = (left + right) / 2
  const y = (top + bottom) / 2
  return {
    x: cos * x - sin * y,
    y: sin * x + cos * y,
    side: Math.max(right - left, bottom - top) * MARGIN,
    angle,
  }
}

/** A face whose middle has left the picture is guesswork. */
function insidePicture(region: Region, image: YuvImage): boolean {
  return region.x > 0 && region.y > 0 && region.x < image.width && region.y < image.height && region.side > 24
}
