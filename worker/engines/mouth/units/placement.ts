import { closureOf, movePoints, sealLips } from '#worker/engines/mouth/face/mouth-shape'
import type { Basis } from '#worker/engines/vision/basis'
import {
  type FacePose,
  INNER_LOWER,
  INNER_UPPER,
  LEFT_MOUTH_CORNER,
  RIGHT_MOUTH_CORNER,
} from '#worker/engines/vision/landmarks'
import { lipOpening, mouthWidth } from '#worker/engines/vision/mouth-measures'
import { clamp, smoothStep } from '#worker/engines/vision/numbers'
import type { Affine } from '#worker/engines/vision/yuv-image'
import type { Cast } from './cast.ts'
import { fitMeanFace, type Gesture, neutralPoints } from './form.ts'

/** What a frame's own mouth comes to. Lengths in face units. */
export interface Played {
  opening: number
  width: number
  /** Form of the mouth, by vertex. */
  form: Float32Array
  /** How far the units open by themselves. */
  reach: number
  /** How much of the inside is made up, because no unit opens nearly as far. */
  madeUp: number
  /** How much the lips, which the units have apart, are made to meet. */
  meeting: number
}

/** Weights of a frame and its neighbours in the form: what is left of a jump between two units is spread over them. */
const SMOOTH = [1, 3, 4, 3, 1].map((weight) => weight / 12)
/** A unit is stretched until it is this share of the opening, and no further. */
const STRETCH = 0.75
/** A unit that opens less than `none` of the wish has its inside made up, one that opens `full` of it shows its own. */
const MADE_UP = { none: 0.35, full: 0.5, from: 0.03, over: 0.03 }
/** Lips that hardly open are made to meet where the unit's are apart. */
const MEETING = { shut: 0.036, over: 0.014, apart: 0.018, range: 0.014 }
/** Shut lips keep their own gap up to this. */
const OWN_GAP = 0.012
/** How much of a unit's own width is kept beside the wished one. */
const OWN_WIDTH = 0.2

/** What each frame of a result plays; the form is reused by the next one. */
export function createPlayer(basis: Basis, { bank, wishes, path }: Cast): (frame: number) => Played {
  const { units, region } = bank
  const form = new Float32Array(2 * basis.kept.length)
  return (frame) => {
    const wish = wishes[frame]
    form.fill(0)
    let [reach, width] = [0, 0]
    for (const [k, share] of SMOOTH.entries()) {
      const unit = units[path[clamp(frame + k - 2, 0, path.length - 1)]]
      reach += share * unit.opening
      width += share * unit.width
      for (const vertex of region.vertices) {
        form[2 * vertex] += share * unit.form[2 * vertex]
        form[2 * vertex + 1] += share * unit.form[2 * vertex + 1]
      }
    }
    const short = reach / Math.max(1e-3, wish.opening)
    const madeUp =
      smoothStep((MADE_UP.full - short) / (MADE_UP.full - MADE_UP.none)) *
      smoothStep((wish.opening - MADE_UP.from) / MADE_UP.over)
    const shown = Math.min(wish.opening, Math.max(MADE_UP.from, reach / STRETCH))
    const opening = shown + (wish.opening - shown) * madeUp
    const meeting =
      smoothStep((MEETING.shut - opening) / MEETING.over) *
      smoothStep((reach - MEETING.apart) / MEETING.range)
    return {
      ...{ form, reach, madeUp, meeting },
      opening: Math.max(opening, Math.min(reach, OWN_GAP)),
      width: wish.width + OWN_WIDTH * (width - wish.width),
    }
  }
}

/** Pairs of the middle columns, whose mean gap is the opening. */
const MIDDLE_COLUMNS = [3, 4, 5]

/**
 * Moves the points of a face to what is played: lips take the units' form, the skin around them less and less of it,
 * and the rest goes with opening and width as far as the basis moves it. `from` and `to` as in `movePoints`.
 */
export function placeUnit(
  face: Float32Array,
  pose: FacePose,
  { basis, bank, weight }: { basis: Basis; bank: Cast['bank']; weight: number },
  played: Played,
  closed: number,
  from: Float32Array,
  to: Float32Array,
): void {
  const { region, widths } = bank
  const { opening, width, form, reach } = played
  const measured = { opening: lipOpening(face, basis), width: mouthWidth(face, basis) }
  movePoints(face, pose, basis, { opening, width, closure: 0, weight }, measured, from, to)
  const neutral = new Float32Array(2 * basis.kept.length)
  neutralPoints(face, basis, measured, widths.resting, neutral)
  const map = fitMeanFace(basis, region, neutral)
  const { moved, wider } = gestureFor(form, basis, { opening, width }, map, pose)
  const [a, b, c, d, e, f] = map
  for (const vertex of region.vertices) {
    const share = region.bend[vertex] * weight
    if (share === 0) continue
    const k = 2 * vertex
    const x = form[k] + moved * basis.perOpening[k] + wider * basis.perWidth[k]
    const y = form[k + 1] + moved * basis.perOpening[k + 1] + wider * basis.perWidth[k + 1]
    to[k] += (a * x + b * y + c - to[k]) * share
    to[k + 1] += (d * x + e * y + f - to[k + 1]) * share
  }
  // Lips that are shut in the unit are shut already; others are brought together.
  const apart = smoothStep((reach - OWN_GAP) / OWN_GAP)
  sealLips(pose, basis, closureOf({ opening, closure: closed }) * apart * weight, to)
}

/**
 * How much of the basis' opening and width gives a form exactly the gap and the width of a gesture, once it is mapped
 * into a face whose lower part may be larger or smaller against its eyes than the mean one's.
 */
function gestureFor(
  form: Float32Array,
  basis: Basis,
  { opening, width }: Gesture,
  [a, b, , d, e]: Affine,
  { cos, sin, scale }: FacePose,
) {
  const across = (values: Float32Array, from: number, to: number) => {
    const x = values[2 * to] - values[2 * from]
    const y = values[2 * to + 1] - values[2 * from + 1]
    return { x: (a * x + b * y) / scale, y: (d * x + e * y) / scale }
  }
  const gap = (values: Float32Array) =>
    MIDDLE_COLUMNS.reduce((sum, column) => {
      const { x, y } = across(
        values,
        basis.vertexOf(INNER_UPPER[column]),
        basis.vertexOf(INNER_LOWER[column]),
      )
      return sum + (y * cos - x * sin) / MIDDLE_COLUMNS.length
    }, 0)
  const span = (values: Float32Array) => {
    const { x, y } = across(values, basis.vertexOf(RIGHT_MOUTH_CORNER), basis.vertexOf(LEFT_MOUTH_CORNER))
    return x * cos + y * sin
  }
  const { perOpening, perWidth } = basis
  const [open, wide] = [opening - gap(form), width - span(form)]
  const det = gap(perOpening) * span(perWidth) - gap(perWidth) * span(perOpening)
  return {
    moved: (open * span(perWidth) - wide * gap(perWidth)) / det,
    wider: (wide * gap(perOpening) - open * span(perOpening)) / det,
  }
}
