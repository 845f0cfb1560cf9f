import { expect, test } from 'vitest'
import { type MouthFrame, paintInnerMouth } from '#worker/engines/mouth/paint/inner-mouth'
import { poseOf } from '#worker/engines/vision/landmarks'

const shape = { width: 200, height: 160 }

/** A grey picture with an open mouth of 60 x 20 pixels drawn into its middle. */
function painted(change: Partial<MouthFrame>): Uint8Array {
  const picture = new Uint8Array(shape.width * shape.height * 1.5).fill(120)
  const edge = (height: number) => new Float32Array(65).fill(height)
  const contour = { centreX: 0, halfWidth: 0.3, upper: edge(0.3), lower: edge(0.5) }
  const still = { pose: poseOf(50, 40, 150, 40), contour, opening: 0.2, sourceOpening: 0.2, light: 1 }
  paintInnerMouth(picture, shape, { exemplar: null, fullRange: false }, { ...still, weight: 1, ...change })
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
