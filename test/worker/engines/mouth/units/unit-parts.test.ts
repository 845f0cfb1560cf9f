import { expect, test } from 'vitest'
import { blendTriangles } from '#worker/engines/mouth/units/blend-triangles'
import { chooseUnits } from '#worker/engines/mouth/units/choose-units'
import { formOf } from '#worker/engines/mouth/units/form'
import { placeUnit } from '#worker/engines/mouth/units/placement'
import { regionOf } from '#worker/engines/mouth/units/region'
import { createSharpener } from '#worker/engines/mouth/units/sharpness'
import { placeStrip, shareInUnit, stripColumn } from '#worker/engines/mouth/units/strip'
import { emptyTone, findTone } from '#worker/engines/mouth/units/tone'
import { wishOf } from '#worker/engines/mouth/units/wish'
import { recordLength } from '#worker/engines/vision/analysis-file'
import { loadBasis } from '#worker/engines/vision/basis'
import { INNER_LOWER, INNER_UPPER } from '#worker/engines/vision/landmarks'
import { facePose, lipOpening, mouthWidth } from '#worker/engines/vision/mouth-measures'

const basis = loadBasis()
const region = regionOf(basis)

/** A record of the mean face, its mouth opened, at a place of a picture, turned and of a size. */
function record({
  opening = 0,
  width = 0,
  scale = 100,
  angle = 0,
  x = 150,
  y = 100,
  small = 1,
}): Float32Array {
  const face = new Float32Array(recordLength(basis.kept.length))
  face[0] = 1
  for (let k = 0; k < 2 * basis.kept.length; k += 2) {
    const part = basis.mean[k + 1] > 0.3 ? small : 1
    const u = basis.mean[k] * part + opening * basis.perOpening[k] + width * basis.perWidth[k]
    const v = basis.mean[k + 1] + opening * basis.perOpening[k + 1] + width * basis.perWidth[k + 1]
    face[1 + k] = x + scale * (u * Math.cos(angle) - v * Math.sin(angle))
    face[2 + k] = y + scale * (u * Math.sin(angle) + v * Math.cos(angle))
  }
  return face
}

test('the form of a mouth is the same however it opens and wherever the face is', () => {
  const form = (change: Parameters<typeof record>[0]) => {
    const face = record(change)
    return formOf(
      face,
      basis,
      region,
      { opening: lipOpening(face, basis), width: mouthWidth(face, basis) },
      0.6,
    )
  }
  const still = form({})
  for (const change of [{ opening: 0.15 }, { width: 0.05 }, { scale: 230, angle: 0.3, x: 400 }]) {
    const other = form(change)
    const off = region.vertices.map((vertex) =>
      Math.hypot(other[2 * vertex] - still[2 * vertex], other[2 * vertex + 1] - still[2 * vertex + 1]),
    )
    expect(Math.max(...off), JSON.stringify(change)).toBeLessThan(0.012)
  }
})

test('units cover openings and widths evenly, in the order of the clip', () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({
    index,
    // Nine of ten frames are nearly shut.
    opening: index % 10 === 0 ? 0.1 + index / 10_000 : index / 1e6,
    width: 0.5 + ((index * 7) % 13) / 100,
  }))
  const chosen = chooseUnits(many, 96)
  expect(chosen).toHaveLength(96)
  expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b))
  // Frames that open wide are a tenth of all, and runs of four that start at one have three others.
  expect(chosen.filter((index) => index % 10 === 0).length).toBeGreaterThan(10)
  const followed = chosen.filter((index) => chosen.includes(index + 1)).length
  expect(followed / chosen.length).toBeGreaterThan(0.6)
  expect(chooseUnits(many.slice(0, 40), 96)).toEqual(Array.from({ length: 40 }, (_, n) => n))
})

/** Points of a mesh with the gap of each column from 0 to `gap`, 10 pixels apart. */
function gapPoints(gap: number): Float32Array {
  const points = new Float32Array(2 * region.points)
  INNER_UPPER.forEach((point, column) => {
    points.set([10 * column, 0], 2 * basis.vertexOf(point))
    points.set([10 * column, gap], 2 * basis.vertexOf(INNER_LOWER[column]))
  })
  return points
}

test('a wider gap shows the teeth at both lips in their own size, and more of what is between', () => {
  const [target, own] = [gapPoints(60), gapPoints(40)]
  placeStrip(basis, { points: target, scale: 100 }, { points: own, scale: 100, dark: 0.5 })
  const { from, to } = stripColumn(basis, 4)
  const heights = (points: Float32Array) =>
    Array.from({ length: to - from }, (_, n) => points[2 * (from + n) + 1])
  const [shown, taken] = [heights(target), heights(own)]
  expect(shown[0]).toBeCloseTo(7.5, 3)
  expect(taken[0]).toBeCloseTo(7.5, 1)
  expect(40 - taken[6]).toBeCloseTo(7.5, 1)
  expect(taken[3]).toBeCloseTo(20, 3)
})

test('what gives way is the dark between the teeth, wherever it is', () => {
  const taken = (share: number, ratio: number, dark: number) => shareInUnit(share, ratio, dark)
  for (const dark of [0.3, 0.5, 0.7]) {
    for (const ratio of [0.5, 0.8, 1, 1.3, 2.2]) {
      const at = (n: number) => taken(n / 40, ratio, dark)
      const steps = Array.from({ length: 40 }, (_, n) => at(n + 1) - at(n))
      expect(Math.min(...steps), `${dark}, ${ratio}`).toBeGreaterThanOrEqual(0)
      expect([at(0), at(40)]).toEqual([expect.closeTo(0, 6), expect.closeTo(1, 6)])
    }
  }
  // Of a gap half as wide again, teeth that reach to 0.6 are shown in their own size down to there.
  expect(taken(0.3, 1.5, 0.75)).toBeCloseTo(0.45, 2)
  expect(taken(0.3, 1.5, 0.25)).toBeLessThan(0.3)
})

test('a unit takes on the light of its frame, but for a shadow that falls on a single place', () => {
  const count = region.skin.length
  const colours = (luma: number, blue: number) =>
    Float32Array.from({ length: 3 * count }, (_, k) => [Math.log(luma), blue, 140][k % 3])
  const tone = emptyTone(region)
  findTone(basis, region, colours(120, 118), colours(100, 110), tone)
  const lip = basis.vertexOf(14)
  expect(tone.gain[lip]).toBeCloseTo(1.2, 2)
  expect([tone.blue[lip], tone.red[lip]]).toEqual([expect.closeTo(8, 2), expect.closeTo(0, 2)])
  expect(tone.gain[stripColumn(basis, 4).from]).toBeCloseTo(1.2, 2)
  const shadowed = colours(120, 118)
  shadowed[0] = Math.log(10)
  findTone(basis, region, shadowed, colours(100, 110), tone)
  expect(Math.min(...region.vertices.map((vertex) => tone.gain[vertex]))).toBeGreaterThan(0.9)
})

test('a unit that is laid over where it was cut from changes nothing, and what it does not cover stays', () => {
  const shape = { width: 300, height: 240 }
  const picture = Uint8Array.from(
    { length: shape.width * shape.height * 1.5 },
    (_, n) => 60 + 40 * Math.sin((n % 300) / 20) + 40 * Math.sin(n / 300 / 25),
  )
  const face = record({ opening: 0.1 })
  const points = new Float32Array(2 * region.points)
  points.set(face.subarray(1))
  placeStrip(basis, { points: points.slice(), scale: 100 }, { points, scale: 100, dark: 0.5 })
  const tone = emptyTone(region)
  tone.gain.fill(1)
  const patch = { x: 0, y: 0, ...shape, data: picture.slice() }
  const frame = picture.slice()
  const layer = { patch, points, tone, alpha: region.alpha, share: 1 }
  blendTriangles(frame, shape, region.skinTriangles, points, layer)
  blendTriangles(frame, shape, region.stripTriangles, points, layer)
  expect(frame).toEqual(picture)
  tone.gain.fill(1.5)
  blendTriangles(frame, shape, region.skinTriangles, points, layer)
  const changed = [...frame.keys()].filter((at) => frame[at] !== picture[at])
  expect(changed.length).toBeGreaterThan(500)
  const ys = region.vertices.map((vertex) => points[2 * vertex + 1])
  for (const at of changed) {
    const y = Math.floor(at / shape.width)
    expect(y >= Math.min(...ys) && y <= Math.max(...ys)).toBe(true)
  }
})

test('a unit gets sharper or softer with its frame', () => {
  const edge = { x: 0, y: 0, width: 20, height: 10 }
  const data = Uint8Array.from({ length: 300 }, (_, n) => (n >= 200 ? 128 : n % 20 < 10 ? 80 : 120))
  const sharpen = createSharpener(data.length)
  const contrast = (ratio: number) => {
    const { data: out } = sharpen({ ...edge, data }, ratio)
    return out[5 * 20 + 10] - out[5 * 20 + 9]
  }
  expect(contrast(0.4)).toBeLessThan(40)
  expect(contrast(1)).toBeGreaterThan(40)
  expect(contrast(1.2)).toBeGreaterThan(contrast(1))
})

test('a wish goes from the own narrowest mouth to the widest, and p, b and m shut it', () => {
  const measures = { widest: 0.2 } as Parameters<typeof wishOf>[1]
  const widths = { narrow: 0.48, resting: 0.6, wide: 0.66 }
  const silent = { open: 0, spread: 0, round: 0, closed: 0, lipOnTeeth: 0 }
  const wish = (pose: Partial<typeof silent>) => wishOf({ ...silent, ...pose }, measures, widths, 1.5)
  expect(wish({ round: 0.7 }).width).toBeCloseTo(0.48, 3)
  expect(wish({ spread: 1 }).width).toBeCloseTo(0.66, 3)
  expect(wish({ open: 1 }).opening).toBeCloseTo(0.2, 3)
  expect(wish({ open: 1, closed: 1 }).opening).toBe(0)
  expect(wish({ lipOnTeeth: 1 }).opening).toBeCloseTo(0.04, 3)
})

test('a face takes on a unit exactly as wide and as far open as it is played', () => {
  const unit = record({ opening: 0.06, width: -0.03 })
  const own = { opening: lipOpening(unit, basis), width: mouthWidth(unit, basis) }
  const resting = mouthWidth(record({}), basis)
  const form = formOf(unit, basis, region, own, resting)
  // The lower part of this face is smaller against its eyes than the mean one's.
  const face = record({ opening: 0.12, width: 0.05, scale: 180, angle: 0.2, small: 0.85 })
  const [from, to] = [new Float32Array(2 * basis.pointCount), new Float32Array(2 * basis.pointCount)]
  const bank = { region, widths: { narrow: 0.5, resting, wide: 0.7 } } as Parameters<
    typeof placeUnit
  >[2]['bank']
  for (const [opening, width] of [
    [0.05, resting - 0.08],
    [0.18, resting + 0.04],
  ]) {
    const played = { opening, width, form, reach: 0.06, madeUp: 0, meeting: 0 }
    placeUnit(face, facePose(face, basis), { basis, bank, weight: 1 }, played, 0, from, to)
    const placed = new Float32Array(face)
    placed.set(to.subarray(0, 2 * basis.kept.length), 1)
    expect(lipOpening(placed, basis)).toBeCloseTo(opening, 2)
    expect(Math.abs(mouthWidth(placed, basis) - width)).toBeLessThan(0.012)
  }
})
