import { expect, test } from 'vitest'
import { drawnMouth } from '#worker/engines/mouth/paint/drawn-mouth'
import { lipContour } from '#worker/engines/mouth/paint/lip-contour'
import { recordLength } from '#worker/engines/vision/analysis-file'
import { loadBasis } from '#worker/engines/vision/basis'
import {
  INNER_LOWER,
  INNER_UPPER,
  LEFT_INNER_CORNER,
  LEFT_MOUTH_CORNER,
  poseOf,
  RIGHT_INNER_CORNER,
  RIGHT_MOUTH_CORNER,
} from '#worker/engines/vision/landmarks'

const WHITE = { light: 1, side: 0, u: 120, v: 132 }

/** What is drawn at a distance from the middle and below the upper lip, in a mouth with this gap. Face units. */
function at(x: number, depth: number, gap: number, tone = WHITE) {
  const out = { y: 0, u: 0, v: 0 }
  drawnMouth({ u: x / 0.28, x, halfWidth: 0.28, depth, gap }, tone, out)
  return out
}

const depths = (gap: number) => Array.from({ length: 40 }, (_, n) => ((n + 0.5) * gap) / 40)
/** Depth below the upper lip down to which there are teeth. */
const teethTo = (x: number, gap: number) =>
  depths(gap).findLast((depth) => depth < gap / 2 + 0.02 && at(x, depth, gap).y > 90) ?? 0

test('upper teeth stay with the skull: of them the lip shows what it rises by, and they get no lighter', () => {
  const gaps = [0.06, 0.1, 0.14, 0.18]
  const shown = gaps.map((gap) => teethTo(0.04, gap))
  for (const [n, reach] of shown.entries()) expect(reach).toBeCloseTo(0.026 + 0.21 * gaps[n], 2)
  const light = gaps.map((gap) => Math.max(...depths(gap).map((depth) => at(0.04, depth, gap).y)))
  expect(Math.max(...light) / Math.min(...light)).toBeLessThan(1.08)
})

test('lower teeth go with the jaw, once a mouth is wide, and between both there is no black hole', () => {
  expect(at(0.02, 0.17, 0.18).y).toBeGreaterThan(90)
  expect(at(0.02, 0.07, 0.08).y).toBeLessThan(90)
  const middle = depths(0.2).map((depth) => at(0.06, depth, 0.2))
  const flesh = middle.filter(({ y }) => y < 90)
  expect(flesh.length).toBeGreaterThan(8)
  for (const { y, v } of flesh) {
    expect(y).toBeGreaterThan(24)
    expect(v).toBeGreaterThan(138)
  }
})

test('teeth are no flat bar: they are parted, of their own length, and turn away to the sides', () => {
  const row = Array.from({ length: 60 }, (_, n) => at(n / 300, 0.03, 0.14).y)
  expect(row[26]).toBeLessThan(Math.min(row[14], row[34]) - 3)
  expect(row[57]).toBeLessThan(0.8 * row[8])
  expect(teethTo(0.12, 0.14)).toBeLessThan(teethTo(0.04, 0.14))
})

test('light that comes from a side, and its colour, are on the teeth too', () => {
  const tone = { ...WHITE, side: 0.2, u: 110, v: 140 }
  expect(at(0.15, 0.03, 0.14, tone).y).toBeGreaterThan(at(-0.15, 0.03, 0.14, tone).y + 10)
  expect(at(0.04, 0.03, 0.14, tone)).toMatchObject({ u: expect.closeTo(110, 0), v: expect.closeTo(140, 0) })
})

test('the gap of a drawn mouth ends where the line between the lips does', () => {
  const basis = loadBasis()
  const points = new Float32Array(recordLength(basis.kept.length))
  const put = (meshPoint: number, x: number, y: number) => points.set([x, y], 2 * basis.vertexOf(meshPoint))
  put(RIGHT_MOUTH_CORNER, -30, 80)
  put(LEFT_MOUTH_CORNER, 30, 80)
  put(RIGHT_INNER_CORNER, -26, 80)
  put(LEFT_INNER_CORNER, 26, 80)
  INNER_UPPER.forEach((meshPoint, n) => {
    put(meshPoint, 5 * (n - 4), 76)
  })
  INNER_LOWER.forEach((meshPoint, n) => {
    put(meshPoint, 5 * (n - 4), 86)
  })
  const halfWidth = (toCorners: number) =>
    lipContour(points, poseOf(-50, 0, 50, 0), basis, toCorners).halfWidth
  expect([0, 0.5, 1].map(halfWidth)).toEqual([0.26, 0.28, 0.3].map((value) => expect.closeTo(value, 5)))
})
