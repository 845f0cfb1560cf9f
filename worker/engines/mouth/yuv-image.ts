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
  { scale, offset, border }: { scale: number; offset: number; border: number },
): void {
  const { width, height } = image
  const [a, b, c, d, e, f] = map
  const fine = Math.hypot(a, d) > 1.5
  const plane = size * size
  const sample = { y: 0, u: 0, v: 0 }
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
      sampleYuv(image, x, y, fine ? 0.25 * (Math.abs(a) + Math.abs(b)) : 0, sample)
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

function colourMatrix({ fullRange, matrix }: YuvImage) {
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
