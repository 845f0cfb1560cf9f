import { fileURLToPath } from 'node:url'
import { InferenceSession, type Session } from '#worker/engine-contract/onnx-runtime'
import type { Basis } from '#worker/engines/vision/basis'
import { runOnImage } from '#worker/engines/vision/face-networks'
import {
  type FacePose,
  LEFT_EYE_CORNER,
  LEFT_MOUTH_CORNER,
  MESH_POINTS,
  poseOf,
  REFINED_LIPS,
  RIGHT_EYE_CORNER,
  RIGHT_MOUTH_CORNER,
  toFaceX,
  toFaceY,
} from '#worker/engines/vision/landmarks'
import { facePose } from '#worker/engines/vision/mouth-measures'
import { type Affine, cropToRgb, squareCrop, type YuvImage } from '#worker/engines/vision/yuv-image'

/** A mouth as networks see it. Lengths over the distance of the outer eye corners (face units). */
export interface SeenMouth {
  /** Gap between the lips, by the 68-point network. */
  lm68: number
  /** The same by the plain face mesh. */
  mesh: number
  /** The same by the mesh with refined lips, which sees small gaps best; the built-in engine uses it too. */
  refined: number
  /** Distance of the mouth's corners, by the plain face mesh. */
  width: number
  /** x and y of 40 lip points in the face's own coordinates, by the plain face mesh. Reused by the next frame. */
  lips: Float32Array
  /**
   * x and y of the refined lips (in the order of REFINED_LIPS) in the coordinates of the face that the analysis found.
   * Reused by the next frame.
   */
  refinedLips: Float32Array
}

export interface Judges {
  /** Looks at the face whose outline in this frame of the source is `face` (a record of the analysis). */
  look(image: YuvImage, face: Float32Array): Promise<SeenMouth>
  close(): Promise<void>
}

const SMALL = 112
const LARGE = 192
/** Sides of the crops over the face's box: what each network was made for. */
const MARGIN = { lm68: 1.15, mesh: 1.5 }
/** Pairs of inner lip points of the 68, and its outer eye corners. */
const LM68_LIPS = [
  [61, 67],
  [62, 66],
  [63, 65],
]
const LM68_EYES = [36, 45]
/** Pairs of inner lip points of the mesh. */
const MESH_LIPS = [
  [13, 14],
  [82, 87],
  [312, 317],
]
/** Both contours of the lips. */
const LIP_POINTS = REFINED_LIPS.slice(0, 40)

/** Loads the networks that measure. `refined` stays with its owner. */
export async function openJudges(refined: Session, basis: Basis): Promise<Judges> {
  const [lm68, mesh] = await Promise.all(['lm68.onnx', 'mesh.onnx'].map(loadFixture))
  const small = new Float32Array(3 * SMALL * SMALL)
  const large = new Float32Array(3 * LARGE * LARGE)
  const points = new Float32Array(2 * MESH_POINTS)
  const lips = new Float32Array(2 * LIP_POINTS.length)
  const refinedLips = new Float32Array(2 * REFINED_LIPS.length)
  return {
    async look(image, face) {
      const { x, y, side } = faceBox(face)
      const pose = facePose(face, basis)
      const upright = squareCrop(x, y, side * MARGIN.lm68, 0, SMALL)
      cropToRgb(image, upright, SMALL, small, { scale: 1, offset: 0, border: 0 })
      const turned = squareCrop(x, y, side * MARGIN.mesh, Math.atan2(pose.sin, pose.cos), LARGE)
      cropToRgb(image, turned, LARGE, large, { scale: 1 / 255, offset: 0, border: 0 })
      const of68 = (await runOnImage(lm68, small, SMALL))('out')
      copyMesh((await runOnImage(mesh, large, LARGE))('conv2d_21'), points)
      const seen = { lm68: openingOf(of68, LM68_LIPS, LM68_EYES), ...meshMouth(points, lips), lips }
      const output = await runOnImage(refined, large, LARGE)
      copyMesh(output('output_mesh_identity'), points)
      const found = output('output_lips')
      REFINED_LIPS.forEach((point, n) => {
        points.set(found.subarray(2 * n, 2 * n + 2), 2 * point)
      })
      toFace(found, turned, pose, refinedLips)
      const opening = openingOf(points, MESH_LIPS, [RIGHT_EYE_CORNER, LEFT_EYE_CORNER])
      return { ...seen, refined: opening, refinedLips }
    },
    async close() {
      await Promise.all([lm68.release(), mesh.release()])
    },
  }
}

function loadFixture(name: string): Promise<Session> {
  const path = fileURLToPath(new URL(`models/${name}`, import.meta.url))
  return InferenceSession.create(path, { executionProviders: ['cpu'], intraOpNumThreads: 1 })
}

function faceBox(face: Float32Array) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let n = 1; n < face.length; n += 2) {
    left = Math.min(left, face[n])
    right = Math.max(right, face[n])
    top = Math.min(top, face[n + 1])
    bottom = Math.max(bottom, face[n + 1])
  }
  return { x: (left + right) / 2, y: (top + bottom) / 2, side: Math.max(right - left, bottom - top) }
}

/** Takes x and y of x, y, z. */
function copyMesh(mesh: Float32Array, points: Float32Array) {
  for (let n = 0; n < MESH_POINTS; n++) {
    points[2 * n] = mesh[3 * n]
    points[2 * n + 1] = mesh[3 * n + 1]
  }
}

function meshMouth(points: Float32Array, lips: Float32Array): { mesh: number; width: number } {
  const [right, left] = [2 * RIGHT_EYE_CORNER, 2 * LEFT_EYE_CORNER]
  const pose = poseOf(points[right], points[right + 1], points[left], points[left + 1])
  LIP_POINTS.forEach((point, n) => {
    lips[2 * n] = toFaceX(pose, points[2 * point], points[2 * point + 1])
    lips[2 * n + 1] = toFaceY(pose, points[2 * point], points[2 * point + 1])
  })
  return {
    mesh: openingOf(points, MESH_LIPS, [RIGHT_EYE_CORNER, LEFT_EYE_CORNER]),
    width: distance(points, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER) / pose.scale,
  }
}

/** From pixels of a crop to a face's own coordinates. */
function toFace(found: Float32Array, [a, b, c, d, e, f]: Affine, pose: FacePose, out: Float32Array) {
  for (let n = 0; n < out.length; n += 2) {
    const [u, v] = [found[n], found[n + 1]]
    const [x, y] = [a * u + b * v + c, d * u + e * v + f]
    out[n] = toFaceX(pose, x, y)
    out[n + 1] = toFaceY(pose, x, y)
  }
}

function openingOf(points: Float32Array, lips: number[][], eyes: number[]): number {
  const gaps = lips.reduce((sum, [upper, lower]) => sum + distance(points, upper, lower), 0)
  return gaps / lips.length / distance(points, eyes[0], eyes[1])
}

function distance(points: Float32Array, a: number, b: number): number {
  return Math.hypot(points[2 * a] - points[2 * b], points[2 * a + 1] - points[2 * b + 1])
}
