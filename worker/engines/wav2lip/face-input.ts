import { cropToRgb, type YuvImage } from '#worker/engines/vision/yuv-image'

/** Fills a frame's place in the network's input: (6, size, size). */
export type FaceInput = (image: YuvImage, box: ArrayLike<number>, out: Float32Array) => void

/**
 * Cuts the box of a face out of a picture and stretches it to the network's size: BGR 0..1 with the lower half black
 * (what is to be drawn), then the same face as it is (who it is).
 */
export function createFaceInput(size: number): FaceInput {
  const plane = size * size
  const rgb = new Float32Array(3 * plane)
  return (image, box, out) => {
    const [left, top, right, bottom] = Array.from(box)
    const across = (right - left) / size
    const down = (bottom - top) / size
    const map = [across, 0, left, 0, down, top] as const
    cropToRgb(image, map, size, rgb, { scale: 1 / 255, offset: 0, border: 0 })
    for (let channel = 0; channel < 3; channel++) {
      const source = rgb.subarray((2 - channel) * plane, (3 - channel) * plane)
      out.set(source, (3 + channel) * plane)
      out.set(source, channel * plane)
      out.fill(0, channel * plane + (size >> 1) * size, (channel + 1) * plane)
    }
  }
}
