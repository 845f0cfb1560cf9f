import { expect, test } from 'vitest'
import type { Exemplar } from '#worker/engines/mouth/paint/exemplar'
import { type MouthFrame, paintInnerMouth } from '#worker/engines/mouth/paint/inner-mouth'
import { poseOf } from '#worker/engines/vision/landmarks'

const shape = { width: 200, height: 160 }
/** White light from the front. */
const WHITE = { light: 1, side: 0, u: 120, v: 132 }

/** An open mouth of the presenter's: light upper teeth, the dark, and a light row of lower teeth below. */
function exemplar(): Exemplar {
  const [width, height] = [80, 40]
  const data = new Uint8Array((width * height * 3) / 2).fill(128)
  for (let y = 0; y < height; y++) data.fill(y < 12 || y >= 19 ? 200 : 30, y * width, (y + 1) * width)
  const edge = (at: number) => new Float32Array(65).fill(at)
  const contour = { centreX: 0, halfWidth: 0.3, upper: edge(0.3), lower: edge(0.5) }
  const patch = { x: 60, y: 65, width, height, data }
  return { opening: 0.2, pose: poseOf(50, 40, 150, 40), contour, patch, light: 1, cavity: 0.5 }
}

/** A grey picture with an open mouth of 60 x 20 pixels drawn into its middle. */
function painted(change: Partial<MouthFrame>, own: Exemplar | null = null): Uint8Array {
  const picture = new Uint8Array(shape.width * shape.height * 1.5).fill(120)
  const edge = (height: number) => new Float32Array(65).fill(height)
  const contour = { centreX: 0, halfWidth: 0.3, upper: edge(0.3), lower: edge(0.5) }
  const still = { pose: poseOf(50, 40, 150, 40), contour, opening: 0.2, sourceOpening: 0.2, tone: WHITE }
  paintInnerMouth(picture, shape, { exemplar: own, fullRange: false }, { ...still, weight: 1, ...change })
  return picture
}

test('a mouth is painted between its lips alone, and fades with the weight of its frame', () => {
  const [whole, half, none] = [painted({}), painted({ weight: 0.5 }), painted({ weight: 0 })]
  expect(none.every((value) => value === 120)).toBe(true)
  const changed = [...whole.keys()].filter((at) => whole[at] !== 120)
  expect(changed.length).toBeGreaterThan(1000)
  for (const at of changed) {
    expect(Math.abs(half[at] - (120 + whole[at]) / 2)).toBeLessThanOrEqual(1)
    if (at >= shape.width * shape.height) continue
    const [x, y] = [at % shape.width, Math.floor(at / shape.width)]
    expect(x >= 69 && x <= 131 && y >= 68 && y <= 91, `${x}, ${y}`).toBe(true)
  }
})

/** Luma down the middle of the mouth. */
const column = (picture: Uint8Array, from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => picture[(from + n) * shape.width + 100])

const opened = (gap: number): Partial<MouthFrame> => {
  const edge = (height: number) => new Float32Array(65).fill(height)
  return { opening: gap, contour: { centreX: 0, halfWidth: 0.3, upper: edge(0.3), lower: edge(0.3 + gap) } }
}

test("a mouth that opens wider than the presenter's own shows its two rows of teeth, and no third", () => {
  const luma = column(painted(opened(0.4), exemplar()), 72, 108)
  let rows = 0
  luma.forEach((value, n) => {
    if (value > 90 && (n === 0 || luma[n - 1] <= 90)) rows++
  })
  expect(rows).toBe(2)
})

test('teeth do not light up as the mouth opens', () => {
  const lightest = (gap: number) => Math.max(...column(painted(opened(gap), exemplar()), 70, 70 + 100 * gap))
  expect(lightest(0.2) / lightest(0.07)).toBeLessThan(1.15)
})
