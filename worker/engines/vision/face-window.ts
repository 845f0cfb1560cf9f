import { toNumber } from '#worker/pipeline/frame-rate'
import { readFrames } from '#worker/pipeline/frame-reader'
import type { VideoPlan } from '#worker/pipeline/video-plan'
import type { Window } from '#worker/pipeline/window'
import type { DetectedFace, Detector } from './detector.ts'
import { chooseFace, type FaceChoice } from './face-choice.ts'
import { imageOf } from './presenter.ts'

/** Where in a video the face is that should speak. */
export interface FaceWindow {
  /** Frames of the video, as far as the result shows it. */
  length: number
  /** Null where a program does well with the whole picture: one face, large enough, or none at all. */
  window: Window | null
}

/** Looks at the picture so often. */
const LOOKS_PER_SECOND = 2
/** Smaller than this share of the picture's short side, a face is far away. */
const FAR = 0.2
/** A face in the next look is that of the one before where it has moved by less than so many of its sizes. */
const REACH = 1.5
/** Smaller than this share of the chosen one, a face is taken for a picture on the wall. */
const BYSTANDER = 0.35
/** Room on each side of a face's middle in its sizes, the best first: others must not look in. */
const ROOMS = [1.5, 1.2, 0.95, 0.8]
/** A window in which no program finds a face any more. */
const MIN_SIDE = 192

/** Finds out whether a program should get a part of the picture only, and which, for other faces or a distant one. */
export async function findFaceWindow(
  detect: Detector,
  plan: VideoPlan,
  framesNeeded: number,
  choice: FaceChoice,
  signal: AbortSignal,
): Promise<FaceWindow> {
  const every = Math.max(1, Math.round(toNumber(plan.fps) / LOOKS_PER_SECOND))
  const own: DetectedFace[] = []
  const others: DetectedFace[] = []
  let length = 0
  for await (const frame of readFrames(plan, { from: 0, to: framesNeeded }, signal)) {
    if (length++ % every !== 0) continue
    const faces = await detect(imageOf(plan, frame))
    const last = own.at(-1)
    const face = last ? nearest(faces, last) : chooseFace(faces, choice, plan)
    if (face) own.push(face)
    others.push(
      ...faces.filter((each) => each !== face && each.size > BYSTANDER * (face ?? last ?? each).size),
    )
  }
  if (own.length === 0) return { length, window: null }
  const size = own.map((face) => face.size).sort((a, b) => a - b)[own.length >> 1]
  const isFar = size < FAR * Math.min(plan.width, plan.height)
  return { length, window: isFar || others.length > 0 ? windowAround(own, others, plan) : null }
}

function nearest(faces: DetectedFace[], last: DetectedFace): DetectedFace | null {
  const distance = (face: DetectedFace) => Math.hypot(face.x - last.x, face.y - last.y)
  const near = faces.filter((face) => distance(face) < REACH * last.size)
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? null
}

function windowAround(own: DetectedFace[], others: DetectedFace[], picture: VideoPlan): Window {
  const windows = ROOMS.map((room) => around(own, room, picture))
  const isAlone = (window: Window) => !others.some((face) => looksIn(face, window))
  return windows.find(isAlone) ?? windows.at(-1)!
}

/** Half of a face makes a detector see one. */
function looksIn({ x, y, size }: DetectedFace, window: Window): boolean {
  const overlap = (middle: number, from: number, length: number) =>
    Math.min(middle + size / 2, from + length) - Math.max(middle - size / 2, from)
  return (
    Math.max(0, overlap(x, window.x, window.width)) * Math.max(0, overlap(y, window.y, window.height)) >
    (size * size) / 3
  )
}

/** The smallest rectangle around all faces with their room, in even numbers, within the picture. */
function around(faces: DetectedFace[], room: number, { width, height }: VideoPlan): Window {
  const span = (middles: number[], most: number) => {
    const ends = faces.map(({ size }, n) => [middles[n] - room * size, middles[n] + room * size])
    const [first, last] = [Math.min(...ends.map(([from]) => from)), Math.max(...ends.map(([, to]) => to))]
    const spare = Math.max(0, (MIN_SIDE - (last - first)) / 2)
    const from = 2 * Math.max(0, Math.floor(Math.min(first - spare, most - MIN_SIDE) / 2))
    const to = 2 * Math.min(most / 2, Math.ceil(Math.max(last + spare, from + MIN_SIDE) / 2))
    return { from, length: to - from }
  }
  const across = span(
    faces.map(({ x }) => x),
    width,
  )
  const down = span(
    faces.map(({ y }) => y),
    height,
  )
  return { x: across.from, y: down.from, width: across.length, height: down.length }
}
