/** A part of a picture that a program gets in place of the whole: even numbers, within the picture. */
export interface Window {
  x: number
  y: number
  width: number
  height: number
}

type Size = { width: number; height: number }

/** Copies a window out of an I420 frame, into a frame of the window's size. */
export function cutWindow(frame: Buffer, picture: Size, window: Window, out: Buffer): void {
  for (const plane of planesOf(picture, window)) {
    for (let row = 0; row < plane.height; row++) {
      const from = plane.offset + (plane.y + row) * plane.stride + plane.x
      frame.copy(out, plane.ownOffset + row * plane.width, from, from + plane.width)
    }
  }
}

/** How strongly a window's pixels show over those below them, 0 to 255, a value for each. */
export type Feather = Uint8Array

/** Share of the window's shorter side over which it fades into the picture. */
const FADE = 0.12

/** A window fades out towards its edges, save where it ends with the picture. */
export function featherOf(picture: Size, { x, y, width, height }: Window): Feather {
  const fade = Math.max(1, FADE * Math.min(width, height))
  const [left, top] = [x > 0, y > 0]
  const [right, bottom] = [x + width < picture.width, y + height < picture.height]
  const ramp = (at: number, length: number, first: boolean, last: boolean) => {
    const near = Math.min(first ? at + 0.5 : Infinity, last ? length - at - 0.5 : Infinity)
    const share = Math.min(1, near / fade)
    return share * share * (3 - 2 * share)
  }
  const across = Float32Array.from({ length: width }, (_, n) => ramp(n, width, left, right))
  const down = Float32Array.from({ length: height }, (_, n) => ramp(n, height, top, bottom))
  const feather = new Uint8Array(width * height)
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) feather[v * width + u] = Math.round(255 * across[u] * down[v])
  return feather
}

/** Lays an I420 frame of the window's size over its place in a picture, as strongly as the feather says. */
export function pasteWindow(
  patch: Buffer,
  feather: Feather,
  window: Window,
  picture: Size,
  frame: Buffer,
): void {
  for (const plane of planesOf(picture, window)) {
    for (let v = 0; v < plane.height; v++) {
      let at = plane.offset + (plane.y + v) * plane.stride + plane.x
      let own = plane.ownOffset + v * plane.width
      let weight = v * plane.step * window.width
      for (let u = 0; u < plane.width; u++, at++, own++, weight += plane.step) {
        const below = frame[at]
        frame[at] = below + Math.round(((patch[own] - below) * feather[weight]) / 255)
      }
    }
  }
}

/** The three planes of I420: where the window lies in the picture's, and where it starts in its own frame. */
function planesOf(picture: Size, window: Window) {
  const [luma, own] = [picture.width * picture.height, window.width * window.height]
  const whole = { offset: 0, stride: picture.width, ownOffset: 0, ...window, step: 1 }
  const half = {
    ...{ stride: picture.width / 2, x: window.x / 2, y: window.y / 2, step: 2 },
    ...{ width: window.width / 2, height: window.height / 2 },
  }
  return [
    whole,
    { ...half, offset: luma, ownOffset: own },
    { ...half, offset: (luma * 5) / 4, ownOffset: (own * 5) / 4 },
  ]
}
