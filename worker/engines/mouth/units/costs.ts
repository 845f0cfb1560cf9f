import { clamp, percentile } from '#worker/engines/vision/numbers'
import type { UnitBank } from './bank.ts'
import { COLOUR_VALUES } from './skin-colours.ts'
import type { Unit } from './unit.ts'
import type { Wish } from './wish.ts'

/**
 * What it costs to show one's own mouths in place of a wish: squares of how far each thing is off, over how far it may
 * be, times a weight. All values were chosen by eye on twelve clips of speakers.
 */
const OPENING = { offset: 0.03, tolerance: 0.2 }
/** A mouth that opens too little is stretched, one with some dark between its teeth more easily than a row of teeth. */
const STRETCHED = { teeth: 0.85, dark: 0.5, from: 0.06, over: 0.06 }
/** One that opens less than this share of the wish would have its inside made up: that costs besides, by how much less. */
const SHORT = { share: 0.65, tolerance: 0.15, from: 0.04 }
const WIDTH = { tolerance: 0.06, weight: 0.8, max: 5 }
const TURN = { tolerance: 9, weight: 0.7, max: 8 }
const LIGHT = { mean: 0.25, variation: 0.12, weight: 0.6, max: 12, clip: 0.8 }
const BLURRED = { tolerance: 0.25, weight: 1.1 }
const PARTED = { below: 0.035, over: 0.02, shut: 0.025, weight: 1.2, max: 3 }
/** f and v want a mouth whose upper teeth show right under the lip. */
const TEETH_SHOWN = { from: 0.3, over: 0.35, weight: 1.5 }
/** A frame that keeps its own mouth looks most natural of all. */
const OWN = -0.8
/**
 * What a change costs: none to the next frame of the clip, little to the one before, but more than to stay, lest two
 * take turns; else by how far it is in time, and how unlike it looks.
 */
const CHANGE = { stay: 0.22, back: 0.5, jump: 0.5, frame: 0.16, max: 1.8, lips: 6, inside: 8, clip: 0.6 }

/** Writes what each unit costs in place of a wish, in a frame of the clip. */
export type UnitCosts = (wish: Wish, source: number, out: Float32Array) => void

export function unitCosts(bank: UnitBank): UnitCosts {
  const { units, yaw, pitch, widths } = bank
  const bent = Float32Array.from(units, ({ opening }) => Math.log(opening + OPENING.offset))
  const blurred = blurCosts(units)
  const parted = partedCosts(units)
  const dark = Float32Array.from(units, darkness)
  const toothless = Float32Array.from(units, (unit) => 1 - teethShown(unit))
  const light = lightCosts(bank)
  const turn = (degrees: number) => TURN.weight * Math.min(TURN.max, (degrees / TURN.tolerance) ** 2)
  return (wish, source, out) => {
    const opening = Math.log(wish.opening + OPENING.offset)
    const wide = clamp((wish.opening - STRETCHED.from) / STRETCHED.over, 0, 1)
    const needed = SHORT.share * wish.opening
    const tolerated = SHORT.tolerance * Math.max(SHORT.from, wish.opening)
    const closing = PARTED.weight * clamp((PARTED.below - wish.opening) / PARTED.over, 0, 1)
    const lit = light(source)
    for (let n = 0; n < units.length; n++) {
      const unit = units[n]
      const off = bent[n] - opening
      const stretch = off < 0 ? STRETCHED.teeth + STRETCHED.dark * dark[n] * wide : 1
      const width = (unit.width - wish.width) / widths.resting / WIDTH.tolerance
      out[n] =
        (off / (OPENING.tolerance * stretch)) ** 2 +
        (Math.max(0, needed - unit.opening) / tolerated) ** 2 +
        WIDTH.weight * (1 + wish.round) * Math.min(WIDTH.max, width * width) +
        turn(unit.yaw - yaw[source]) +
        turn(unit.pitch - pitch[source]) +
        lit[n] +
        blurred[n] +
        closing * parted[n] +
        TEETH_SHOWN.weight * wish.lipOnTeeth * toothless[n] +
        (unit.index === source ? OWN : 0)
    }
  }
}

/** What it costs to change from unit a to unit b: at `a * units + b`. */
export function changeCosts(units: Unit[]): Float32Array {
  const costs = new Float32Array(units.length ** 2)
  for (const [a, from] of units.entries()) {
    for (const [b, to] of units.entries()) {
      const frames = Math.abs(from.index - to.index)
      const jump =
        Math.min(CHANGE.max, CHANGE.jump + CHANGE.frame * frames) +
        CHANGE.lips * unlikeness(from.lips, to.lips) +
        CHANGE.inside * unlikeness(from.inside, to.inside)
      const near = to.index === from.index ? CHANGE.stay : to.index > from.index ? 0 : CHANGE.back
      costs[a * units.length + b] = frames > 1 ? jump : near
    }
  }
  return costs
}

/** Mean difference of two looks, none of whose places counts more than another could. */
export function unlikeness(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += Math.min(CHANGE.clip, Math.abs(a[k] - b[k]))
  return sum / a.length
}

function blurCosts(units: Unit[]): Float32Array {
  const usual = percentile(
    Float32Array.from(units, ({ sharpness }) => sharpness),
    0.5,
  )
  return Float32Array.from(units, ({ sharpness }) => {
    const blur = Math.min(0, Math.log(Math.max(1e-3, sharpness) / Math.max(1e-3, usual))) / BLURRED.tolerance
    return BLURRED.weight * blur * blur
  })
}

/** How much more than the best shut mouths of the clip a unit shows teeth or a gap. */
function partedCosts(units: Unit[]): Float32Array {
  const shut = units.filter(({ opening }) => opening < PARTED.shut).map(({ parted }) => parted)
  const least = percentile(Float32Array.from(shut), 0.1)
  return Float32Array.from(units, ({ parted }) => clamp(parted - least, 0, PARTED.max) ** 2)
}

/** Luma of the middle columns at one of the four heights of the inside. */
function insideAt({ inside }: Unit, height: number): number {
  let sum = 0
  for (let column = 2; column <= 6; column++) sum += inside[4 * column + height]
  return sum / 5
}

/** 1 where the middle of the inside is dark, 0 where it is full of teeth. */
function darkness(unit: Unit): number {
  return clamp((0.7 - (insideAt(unit, 1) + insideAt(unit, 2)) / 2) / 0.3, 0, 1)
}

function teethShown(unit: Unit): number {
  return clamp((insideAt(unit, 0) - TEETH_SHOWN.from) / TEETH_SHOWN.over, 0, 1)
}

/** How much the light on each unit's skin differs from that in a frame of the clip; kept by frame, for clips repeat. */
function lightCosts({ units, colours, yaw }: UnitBank): (source: number) => Float32Array {
  const rows = new Array<Float32Array | undefined>(yaw.length)
  const values = colours.length / yaw.length
  return (source) => {
    const known = rows[source]
    if (known) return known
    const frame = Float32Array.from(colours.subarray(source * values, (source + 1) * values))
    const row = Float32Array.from(units, (unit) => (frame[0] === 0 ? 0 : lightDistance(frame, unit.colours)))
    rows[source] = row
    return row
  }
}

function lightDistance(a: Float32Array, b: Float32Array): number {
  let [sum, squares] = [0, 0]
  for (let k = 0; k < a.length; k += COLOUR_VALUES) {
    const d = clamp(a[k] - b[k], -LIGHT.clip, LIGHT.clip)
    sum += d
    squares += d * d
  }
  const count = a.length / COLOUR_VALUES
  const mean = sum / count
  const variance = Math.max(0, squares / count - mean * mean)
  return LIGHT.weight * Math.min(LIGHT.max, (mean / LIGHT.mean) ** 2 + variance / LIGHT.variation ** 2)
}
