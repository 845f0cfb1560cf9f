type Colour = readonly [number, number, number]

/** An RGB picture to draw on. Coordinates are whole pixels; fractions are cut off. */
export interface Canvas {
  width: number
  height: number
  pixels: Buffer
  /** Puts a square of three planes (0..255) at a place. */
  paste(planes: Float32Array, size: number, x: number, y: number): void
  fill(x: number, y: number, width: number, height: number, colour: Colour): void
  /** Writes a whole number in digits 10 pixels high. */
  number(value: number, x: number, y: number, colour: Colour): void
}

/** The digits 0 to 9 as five rows of three dots. */
const DIGITS = [
  '111101101101111',
  '010110010010111',
  '111001111100111',
  '111001111001111',
  '101101111001001',
  '111100111001111',
  '111100111101111',
  '111001001001001',
  '111101111101111',
  '111101111001111',
]
const DOT = 2

export function createCanvas(width: number, height: number): Canvas {
  const pixels = Buffer.alloc(3 * width * height, 24)
  const put = (x: number, y: number, [r, g, b]: Colour) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return
    pixels.set([r, g, b], 3 * (y * width + x))
  }
  const canvas: Canvas = {
    ...{ width, height, pixels },
    paste(planes, size, x, y) {
      const plane = size * size
      for (let n = 0; n < plane; n++) {
        const colour = [planes[n], planes[plane + n], planes[2 * plane + n]] as const
        put(x + (n % size), y + Math.floor(n / size), colour)
      }
    },
    fill(x, y, columns, rows, colour) {
      for (let row = 0; row < Math.floor(rows); row++) {
        for (let column = 0; column < Math.floor(columns); column++)
          put(Math.floor(x) + column, Math.floor(y) + row, colour)
      }
    },
    number(value, x, y, colour) {
      for (const [n, digit] of [...String(value)].entries()) {
        for (const [k, dot] of [...DIGITS[Number(digit)]].entries()) {
          if (dot === '1')
            canvas.fill(x + n * 4 * DOT + (k % 3) * DOT, y + Math.floor(k / 3) * DOT, DOT, DOT, colour)
        }
      }
    },
  }
  return canvas
}
