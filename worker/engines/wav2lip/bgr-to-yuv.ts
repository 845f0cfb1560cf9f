import type { YuvImage } from '#worker/engines/vision/yuv-image'

export interface YuvPlanes {
  y: Float32Array
  u: Float32Array
  v: Float32Array
}

/** Shares of red and blue in luma. */
const LUMA = { bt601: { red: 0.299, blue: 0.114 }, bt709: { red: 0.2126, blue: 0.0722 } } as const

/** A face (3 planes, BGR 0..1) in the matrix and range of a picture, all three planes at full size. */
export function faceToYuv(
  face: Float32Array,
  { matrix, fullRange }: Pick<YuvImage, 'matrix' | 'fullRange'>,
  { y, u, v }: YuvPlanes,
): void {
  const plane = y.length
  const { red, blue } = LUMA[matrix]
  const green = 1 - red - blue
  const black = fullRange ? 0 : 16
  const lumaScale = fullRange ? 255 : 219
  const chromaScale = fullRange ? 255 : 224
  for (let n = 0; n < plane; n++) {
    const b = clamped(face[n])
    const r = clamped(face[2 * plane + n])
    const luma = red * r + green * clamped(face[plane + n]) + blue * b
    y[n] = black + lumaScale * luma
    u[n] = 128 + (chromaScale * (b - luma)) / (2 * (1 - blue))
    v[n] = 128 + (chromaScale * (r - luma)) / (2 * (1 - red))
  }
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value))
}
