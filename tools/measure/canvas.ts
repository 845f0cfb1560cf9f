type Colour = readonly [number, number, number]

/** An RGB picture to draw on. Coordinates are whole pixels; fractions are cut off. */
export interface Canvas {
  width: number
  height: number
  pixels: Buffer
  /** Puts the middle `rows` rows of a square of three planes (0..255) at a place. */
  paste(planes: Float32Array, size: number, rows: number, x: number, y: number): void
  fill(x: number, y: number, width: number, height: number, colour: Colour): void
  /** Writes the signs below, and blanks for others, in signs 10 pixels high. */
  write(text: string, x: number, y: number, colour: Colour): void
}

/** Signs as five rows of three dots. */
const SIGNS: Record<string, string> = {
  ...{ 0: '111101101101111', 1: '010110010010111', 2: '111001111100111', 3: '111001111001111' },
  ...{ 4: '101101111001001', 5: '111100111001111', 6: '111100111101111', 7: '111001001001001' },
  ...{ 8: '111101111101111', 9: '111101111001111', a: '010101111101101', b: '110101110101110' },
  ...{ m: '101111111101101', o: '111101101101111', p: '110101110100100' },
}
const DOT = 2

export function createCanvas(width: number, height: number): Canvas {
  const pixels = Buffer.alloc(3 * width * height, 24)
  const put = (x: number, y: number, [r, g, b]: Colour) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return
    pixels.set([r, g, b], 3 * (y * width + x))
  }
  const canvas: Canvas = {
    ...{ width, height, pixels },
    paste(planes, size, rows, x, y) {
      const plane = size * size
      const first = Math.floor((size - rows) / 2)
      for (let n = 0; n < rows * size; n++) {
        const at = first * size + n
        const colour = [planes[at], planes[plane + at], planes[2 * plane + at]] as const
        put(x + (n % size), y + Math.floor(n / size), colour)
      }
    },
    fill(x, y, columns, rows, colour) {
      for (let row = 0; row < Math.floor(rows); row++) {
        for (let column = 0; column < Math.floor(columns); column++)
          put(Math.floor(x) + column, Math.floor(y) + row, colour)
      }
    },
    write(text, x, y, colour) {
      for (const [n, sign] of [...text].entries()) {
        for (const [k, dot] of [...(SIGNS[sign] ?? '')].entries()) {
          if (dot === '1')
            canvas.fill(x + n * 4 * DOT + (k % 3) * DOT, y + Math.floor(k / 3) * DOT, DOT, DOT, colour)
        }
      }
    },
  }
  return canvas
}
