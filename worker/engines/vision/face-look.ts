import { clamp } from './numbers.ts'
import type { TrackedFace } from './tracker.ts'
import type { YuvImage } from './yuv-image.ts'

/** Skin around the mouth and on the chin, which a hand or a microphone in front of it covers. */
const AROUND = [164, 165, 391, 57, 287, 43, 273, 202, 422, 204, 424, 18, 200, 199, 175, 208, 428, 214, 434]
/** Points of both lips that stay in sight when the mouth opens. */
const LIPS = [0, 37, 267, 17, 84, 314]
/** Skin above, against which colours are taken, so that light that changes for the whole face does not count. */
const ABOVE = [9, 151, 6, 195, 50, 280, 101, 330]

export const MOUTH_PLACES = AROUND.length + LIPS.length
export const LIP_PLACES = LIPS.length
/** Score, yaw, pitch, how much of the mouth is in the picture, then three colour values a place. */
export const LOOK_BYTES = 4 + 3 * MOUTH_PLACES
/** Zero of the signed values. */
export const MIDDLE = 128

/** What is kept of a frame to tell whether its face can be used: bytes, because it is kept for every frame. */
export function describeLook(image: YuvImage, face: TrackedFace, out: Uint8Array): void {
  const places = [...AROUND, ...LIPS]
  const above = average(image, face, ABOVE)
  const inside = places.filter((point) => isInside(image, face.points, point)).length
  out[0] = 255 * face.score
  out[1] = clamp(MIDDLE + face.yaw, 0, 255)
  out[2] = clamp(MIDDLE + face.pitch, 0, 255)
  out[3] = (255 * inside) / places.length
  places.forEach((point, n) => {
    const { y, u, v } = average(image, face, [point])
    out[4 + 3 * n] = clamp(MIDDLE + (y - above.y) / 2, 0, 255)
    out[5 + 3 * n] = clamp(MIDDLE + u - above.u, 0, 255)
    out[6 + 3 * n] = clamp(MIDDLE + v - above.v, 0, 255)
  })
}

function isInside({ width, height }: YuvImage, points: Float32Array, point: number): boolean {
  const [x, y] = [points[2 * point], points[2 * point + 1]]
  return x >= 0 && y >= 0 && x < width && y < height
}

/** Mean colour of small squares around mesh points. */
function average({ data, width, height }: YuvImage, { points }: TrackedFace, places: number[]) {
  const [halfWidth, halfHeight] = [width >> 1, height >> 1]
  const blue = width * height
  const red = blue + halfWidth * halfHeight
  const sum = { y: 0, u: 0, v: 0 }
  for (const point of places) {
    const cx = clamp(Math.round(points[2 * point] / 2), 1, halfWidth - 2)
    const cy = clamp(Math.round(points[2 * point + 1] / 2), 1, halfHeight - 2)
    for (let y = cy - 1; y <= cy + 1; y++) {
      for (let x = cx - 1; x <= cx + 1; x++) {
        sum.y += data[2 * y * width + 2 * x]
        sum.u += data[blue + y * halfWidth + x]
        sum.v += data[red + y * halfWidth + x]
      }
    }
  }
  const count = 9 * places.length
  return { y: sum.y / count, u: sum.u / count, v: sum.v / count }
}
