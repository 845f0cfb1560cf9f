/** A picture as I420: the luma plane, then the two chroma planes at half its size. */
export interface YuvImage {
  data: Uint8Array
  width: number
  height: number
  /** Luma 0..255 instead of 16..235. */
  fullRange: boolean
  /** Colour matrix: bt709 for HD sources, bt601 otherwise. */
  matrix: 'bt601' | 'bt709'
}

/** Maps a crop's pixel (u, v) to the picture: x = a u + b v + c, y = d u + e v + f. */
export type Affine = readonly [number, number, number, number, number, number]

/** The affine map of a square of `side` picture pixels around (x, y), turned by `angle`, cut to `size` pixels. */
export function squareCrop(x: number, y: number, side: number, angle: number, size: number): Affine {
  const cos = (Math.cos(angle) * side) / size
  const sin = (Math.sin(angle) * side) / size
  const half = size / 2
  return [cos, -sin, x - cos * half + sin * half, sin, cos, y - sin * half - cos * half]
}

/**
 * Cuts a square out of a picture into three planes of RGB, as networks take it: bilinear, averaged over
 * 2 x 2 samples where it shrinks by more than 1.5, with `scale * value + offset` for value 0..255.
 * Outside the picture is `border` (already scaled).
 */
export function cropToRgb(
  image: YuvImage,
  map: Affine,
  size: number,
  out: Float32Array,
  values: { scale: number; offset: number; border: number },
): void {
  const shrinks = Math.hypot(map[0], map[3]) > 1.5
  if (liesInside(image, map, size, MARGIN)) cropInside(image, map, size, out, shrinks, values)
  else cropAnywhere(image, map, size, out, shrinks, values)
}

/** How far beyond a crop its pixels are read. */
const MARGIN = 6

/** Whether a crop with `margin` picture pixels around it needs no look at the picture's edges. */
function liesInside({ width, height }: YuvImage, map: Affine, size: number, margin: number): boolean {
  const [a, b, c, d, e, f] = map
  return [0, size].every((u) =>
    [0, size].every((v) => {
      const [x, y] = [a * u + b * v + c, d * u + e * v + f]
      return x >= margin && y >= margin && x <= width - margin && y <= height - margin
    }),
  )
}

/** Places are whole numbers of 1/65536 pixel: in whole numbers, this is several times faster than `cropAnywhere`. */
const ONE = 65536

/**
 * As `cropAnywhere`, but for rounding: this runs for every frame of a video. Where the crop shrinks, light is read
 * from a copy at half its size, which puts all three planes at one place.
 */
function cropInside(
  image: YuvImage,
  map: Affine,
  size: number,
  out: Float32Array,
  shrinks: boolean,
  { scale, offset }: { scale: number; offset: number },
): void {
  const { data, width, height } = image
  const [a, b, c, d, e, f] = map
  const plane = size * size
  const halfWidth = width >> 1
  const blueAt = width * height
  const redAt = blueAt + halfWidth * (height >> 1)
  const matrix = colourMatrix(image)
  const light = matrix.luma * scale
  const base = offset - matrix.black * light
  const [redOfV, greenOfU] = [matrix.redOfV * scale, matrix.greenOfU * scale]
  const [greenOfV, blueOfU] = [matrix.greenOfV * scale, matrix.blueOfU * scale]
  const [low, high] = [offset, 255 * scale + offset]
  const half = shrinks ? halfLight(image, map, size) : null
  const [stepX, stepY] = [Math.round(a * ONE), Math.round(d * ONE)]
  let i = 0
  for (let v = 0; v < size; v++) {
    // The centre of the row's first pixel, less half a pixel of the picture.
    let x = Math.round((a * 0.5 + b * (v + 0.5) + c - 0.5) * ONE)
    let y = Math.round((d * 0.5 + e * (v + 0.5) + f - 0.5) * ONE)
    for (let u = 0; u < size; u++, i++) {
      // A pixel of colour, and of light at half its size, covers two by two: its place is (x + 0.5) / 2 - 0.5.
      const cx = (x - ONE / 2) >> 1
      const cy = (y - ONE / 2) >> 1
      const shade = half
        ? between(half.data, 0, half.width, cx - half.left, cy - half.top)
        : between(data, 0, width, x, y)
      const blue = between(data, blueAt, halfWidth, cx, cy) / 256 - 128
      const red = between(data, redAt, halfWidth, cx, cy) / 256 - 128
      const grey = (shade / 256) * light + base
      out[i] = within(grey + redOfV * red, low, high)
      out[plane + i] = within(grey - greenOfU * blue - greenOfV * red, low, high)
      out[2 * plane + i] = within(grey + blueOfU * blue, low, high)
      x += stepX
      y += stepY
    }
  }
}

/** The light under a crop at half its size, and where that begins, in 1/65536 of its pixels. */
function halfLight({ data, width }: YuvImage, [a, b, c, d, e, f]: Affine, size: number) {
  const reach = (first: number, second: number, start: number) => {
    const ends = [0, first * size, second * size, (first + second) * size].map((end) => (end + start) / 2)
    return [Math.floor(Math.min(...ends)) - 1, Math.ceil(Math.max(...ends)) + 1]
  }
  const [left, right] = reach(a, b, c)
  const [top, bottom] = reach(d, e, f)
  const half = new Uint8Array((right - left) * (bottom - top))
  let i = 0
  for (let y = top; y < bottom; y++) {
    let k = 2 * y * width + 2 * left
    for (let x = left; x < right; x++, k += 2) {
      half[i++] = (data[k] + data[k + 1] + data[k + width] + data[k + width + 1] + 2) >> 2
    }
  }
  return { data: half, width: right - left, left: left * ONE, top: top * ONE }
}

/** 256 times the value between four pixels that are all in the picture. */
function between(data: Uint8Array, offset: number, width: number, x: number, y: number): number {
  const k = (offset + (y >> 16) * width + (x >> 16)) | 0
  const fx = (x >> 8) & 255
  const fy = (y >> 8) & 255
  const above = (data[k] << 8) + (data[k + 1] - data[k]) * fx
  const below = (data[k + width] << 8) + (data[k + width + 1] - data[k + width]) * fx
  return ((above << 8) + (below - above) * fy) >> 8
}

function within(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high)
}

function cropAnywhere(
  image: YuvImage,
  map: Affine,
  size: number,
  out: Float32Array,
  shrinks: boolean,
  { scale, offset, border }: { scale: number; offset: number; border: number },
): void {
  const { width, height } = image
  const [a, b, c, d, e, f] = map
  const plane = size * size
  const sample = { y: 0, u: 0, v: 0 }
  const spread = shrinks ? 0.25 * (Math.abs(a) + Math.abs(b)) : 0
  const toRgb = colourMatrix(image)
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      const x = a * (u + 0.5) + b * (v + 0.5) + c
      const y = d * (u + 0.5) + e * (v + 0.5) + f
      const i = v * size + u
      if (x < 0 || y < 0 || x > width || y > height) {
        out[i] = out[plane + i] = out[2 * plane + i] = border
        continue
      }
      sampleYuv(image, x, y, spread, sample)
      const luma = (sample.y - toRgb.black) * toRgb.luma
      const blue = sample.u - 128
      const red = sample.v - 128
      out[i] = limit(luma + toRgb.redOfV * red) * scale + offset
      out[plane + i] = limit(luma - toRgb.greenOfU * blue - toRgb.greenOfV * red) * scale + offset
      out[2 * plane + i] = limit(luma + toRgb.blueOfU * blue) * scale + offset
    }
  }
}

function sampleYuv(
  image: YuvImage,
  x: number,
  y: number,
  spread: number,
  out: { y: number; u: number; v: number },
) {
  const { data, width, height } = image
  const halfWidth = width >> 1
  const halfHeight = height >> 1
  out.y =
    spread === 0
      ? bilinear(data, 0, width, height, x - 0.5, y - 0.5)
      : (bilinear(data, 0, width, height, x - 0.5 - spread, y - 0.5 - spread) +
          bilinear(data, 0, width, height, x - 0.5 + spread, y - 0.5 - spread) +
          bilinear(data, 0, width, height, x - 0.5 - spread, y - 0.5 + spread) +
          bilinear(data, 0, width, height, x - 0.5 + spread, y - 0.5 + spread)) /
        4
  const chroma = width * height
  out.u = bilinear(data, chroma, halfWidth, halfHeight, x / 2 - 0.5, y / 2 - 0.5)
  out.v = bilinear(data, chroma + halfWidth * halfHeight, halfWidth, halfHeight, x / 2 - 0.5, y / 2 - 0.5)
}

/** Value of a plane between pixels; pixel centres are whole numbers. Clamped at the edges. */
export function bilinear(
  data: Uint8Array,
  offset: number,
  width: number,
  height: number,
  x: number,
  y: number,
): number {
  const cx = x < 0 ? 0 : Math.min(x, width - 1)
  const cy = y < 0 ? 0 : Math.min(y, height - 1)
  const x0 = cx > width - 2 ? width - 2 : cx | 0
  const y0 = cy > height - 2 ? height - 2 : cy | 0
  const fx = cx - x0
  const k = offset + y0 * width + x0
  const above = data[k] + (data[k + 1] - data[k]) * fx
  const below = data[k + width] + (data[k + width + 1] - data[k + width]) * fx
  return above + (below - above) * (cy - y0)
}

function colourMatrix({ fullRange, matrix }: Pick<YuvImage, 'fullRange' | 'matrix'>) {
  const chroma = fullRange ? 1 : 255 / 224
  const common = { black: fullRange ? 0 : 16, luma: fullRange ? 1 : 255 / 219 }
  return matrix === 'bt709'
    ? {
        ...common,
        redOfV: 1.5748 * chroma,
        greenOfU: 0.1873 * chroma,
        greenOfV: 0.4681 * chroma,
        blueOfU: 1.8556 * chroma,
      }
    : {
        ...common,
        redOfV: 1.402 * chroma,
        greenOfU: 0.3441 * chroma,
        greenOfV: 0.7141 * chroma,
        blueOfU: 1.772 * chroma,
      }
}

function limit(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255)
}
