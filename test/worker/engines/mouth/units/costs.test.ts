import { expect, test } from 'vitest'
import type { UnitBank } from '#worker/engines/mouth/units/bank'
import { changeCosts, unitCosts } from '#worker/engines/mouth/units/costs'
import { regionOf } from '#worker/engines/mouth/units/region'
import type { Unit } from '#worker/engines/mouth/units/unit'
import { loadBasis } from '#worker/engines/vision/basis'

const region = regionOf(loadBasis())
const skin = (luma: number) =>
  Float32Array.from({ length: 3 * region.skin.length }, (_, k) => (k % 3 === 0 ? Math.log(luma) : 128))

function unit(change: Partial<Unit>): Unit {
  const own = { index: 0, opening: 0.1, width: 0.6, yaw: 0, pitch: 0, scale: 100, parted: 0, sharpness: 10 }
  const looks = { lips: new Float32Array(60), inside: new Float32Array(36), colours: skin(120) }
  return { ...own, outlineSharpness: 0.2, ...looks, ...change } as Unit
}

/** The cheapest of units for a wish, in a frame of the clip. */
function cheapest(
  units: Unit[],
  wish: Partial<Parameters<ReturnType<typeof unitCosts>>[0]>,
  source = 9,
): number {
  const frames = 10
  const colours = new Float16Array(frames * 3 * region.skin.length)
  for (let n = 0; n < frames; n++) colours.set(skin(120), n * 3 * region.skin.length)
  const bank: UnitBank = {
    ...{ units, region, colours, yaw: new Float32Array(frames), pitch: new Float32Array(frames) },
    widths: { narrow: 0.5, resting: 0.6, wide: 0.66 },
  }
  const out = new Float32Array(units.length)
  const whole = { opening: 0.1, width: 0.6, closed: 0, lipOnTeeth: 0, round: 0, ...wish }
  unitCosts(bank)(whole, source, out)
  return out.indexOf(Math.min(...out))
}

test.for<[string, Partial<Unit>[], Parameters<typeof cheapest>[1]]>([
  ['opens as far', [{ opening: 0.02 }, { opening: 0.2 }, { opening: 0.11 }], { opening: 0.1 }],
  ['is as narrow', [{ width: 0.6 }, { width: 0.5 }], { width: 0.5, round: 1 }],
  ['is turned as the frame is', [{ yaw: 25 }, { yaw: 3 }], {}],
  ['is lit as the frame is', [{ colours: skin(60) }, { colours: skin(115) }], {}],
  ['is sharp', [{ sharpness: 4 }, { sharpness: 11 }, { sharpness: 10 }], { width: 0.6 }],
  [
    'is really shut',
    [
      { opening: 0.01, parted: 3 },
      { opening: 0.012, parted: 0 },
    ],
    { opening: 0, closed: 1 },
  ],
  [
    'shows teeth under the lip for f',
    [{ opening: 0.04 }, { opening: 0.045, inside: new Float32Array(36).fill(0.8) }],
    { opening: 0.04, lipOnTeeth: 1 },
  ],
])('a unit is preferred that %s', ([, units, wish]) => {
  expect(
    cheapest(
      units.map((one, index) => unit({ index, ...one })),
      wish,
    ),
  ).toBe(wish.width === 0.6 ? 1 : units.length - 1)
})

test('a frame keeps its own mouth before one that is a little nearer', () => {
  const units = [unit({ index: 3, opening: 0.09 }), unit({ index: 4, opening: 0.1 })]
  expect(cheapest(units, { opening: 0.1 }, 3)).toBe(0)
  expect(cheapest(units, { opening: 0.1 }, 4)).toBe(1)
  expect(cheapest(units, { opening: 0.2 }, 3)).toBe(1)
})

test('the next frame costs nothing, a jump more the farther it is and the less alike it looks', () => {
  const light = new Float32Array(36).fill(0.5)
  const units = [unit({}), unit({ index: 1 }), unit({ index: 5 }), unit({ index: 5, inside: light })]
  const costs = changeCosts(units)
  const [stay, next, far, unlike] = costs.subarray(0, 4)
  expect(next).toBe(0)
  expect(stay).toBeGreaterThan(next)
  expect(far).toBeGreaterThan(stay)
  expect(unlike).toBeGreaterThan(far)
  // Two that take turns would flicker: it is dearer than to stay.
  const back = costs[4]
  expect((next + back) / 2).toBeGreaterThan(stay)
  expect(back).toBeLessThan(far)
  expect(Math.min(...costs)).toBe(0)
})
