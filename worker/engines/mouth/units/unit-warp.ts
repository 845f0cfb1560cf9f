import { type FrameShape, warpTriangles } from '#worker/engines/mouth/face/rasteriser'
import { type FaceTone, faceTone } from '#worker/engines/mouth/paint/face-tone'
import { type InnerMouth, paintInnerMouth } from '#worker/engines/mouth/paint/inner-mouth'
import { lipContour } from '#worker/engines/mouth/paint/lip-contour'
import type { Basis } from '#worker/engines/vision/basis'
import type { FacePose } from '#worker/engines/vision/landmarks'
import { facePose, type MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { frameBytes } from '#worker/pipeline/video-plan'
import { blendTriangles } from './blend-triangles.ts'
import type { Cast } from './cast.ts'
import { unlikeness } from './costs.ts'
import { createPlayer, type Played, placeUnit } from './placement.ts'
import { createSharpener, outlineSharpness } from './sharpness.ts'
import { COLOUR_VALUES, skinColours } from './skin-colours.ts'
import { placeStrip } from './strip.ts'
import { emptyTone, findTone } from './tone.ts'
import type { Unit } from './unit.ts'

/** Puts the presenter's own mouth for result frame `n` into source frame `index`. */
export type UnitWarp = (frame: Uint8Array, face: Float32Array, index: number, n: number) => void

/** Share of the unit on the other side of a jump, in the two frames beside it. */
const ACROSS = 1 / 3
/** Insides that differ by more than this would show double. */
const ALIKE = 0.09
/** Openings that differ by more than this factor's logarithm don't fit onto each other. */
const SAME_OPENING = 0.3

/** The render pass's work on a single frame of a presenter whose own mouths are known, without any network. */
export function createUnitWarp(
  shape: FrameShape,
  basis: Basis,
  measures: MouthMeasures,
  mouth: InnerMouth,
  cast: Cast,
): UnitWarp {
  const { bank, wishes, path } = cast
  const { region, units } = bank
  const from = new Float32Array(2 * basis.pointCount)
  const to = new Float32Array(2 * basis.pointCount)
  const scratch = new Uint8Array(frameBytes(shape))
  const colours = new Float32Array(COLOUR_VALUES * region.skin.length)
  const play = createPlayer(basis, cast)
  const paint = createUnitPainter(shape, basis, bank)
  return (frame, face, index, n) => {
    const weight = measures.weight[index]
    if (weight === 0) return
    const pose = facePose(face, basis)
    const played = play(n)
    placeUnit(face, pose, { basis, bank, weight }, played, wishes[n].closed, from, to)
    skinColours(frame, shape, from, region, pose.scale, colours)
    const target = {
      ...{ points: to, scale: pose.scale, colours, weight },
      sharpness: outlineSharpness(frame, shape, from, region, pose.scale),
    }
    const tone = faceTone(frame, shape, face, basis)
    warpTriangles(frame, scratch, shape, weight === 1 ? region.around : basis.triangles, from, to)
    paint(frame, units[path[n]], target, 1, true)
    const across = acrossJump(cast, n)
    if (across) paint(frame, across.unit, target, ACROSS, across.alike)
    paintInside(frame, shape, basis, mouth, { pose, to, tone, weight, played })
  }
}

/** The unit on the other side of a jump beside a frame, and whether its inside may show through. */
function acrossJump({ bank: { units }, path }: Cast, n: number): { unit: Unit; alike: boolean } | null {
  const own = units[path[n]]
  const others = [n - 1, n + 1]
    .filter((k) => k >= 0 && k < path.length)
    .map((k) => units[path[k]])
    .filter(({ index }) => Math.abs(index - own.index) > 1)
  if (others.length === 0) return null
  const unlike = (unit: Unit) => unlikeness(own.inside, unit.inside)
  const unit = others.reduce((best, other) => (unlike(other) < unlike(best) ? other : best))
  const opens = Math.abs(Math.log((unit.opening + 0.015) / (own.opening + 0.015))) < SAME_OPENING
  return { unit, alike: opens && unlike(unit) < ALIKE }
}

/** The frame that a unit is painted into. */
interface Target {
  points: Float32Array
  scale: number
  colours: Float32Array
  sharpness: number
  weight: number
}

function createUnitPainter(shape: FrameShape, basis: Basis, { region, units }: Cast['bank']) {
  const tone = emptyTone(region)
  const points = new Float32Array(2 * region.points)
  const alpha = new Float32Array(region.points)
  const sharpen = createSharpener(Math.max(...units.map(({ patch }) => patch.data.length)))
  return (frame: Uint8Array, unit: Unit, target: Target, share: number, inside: boolean) => {
    points.set(target.points.subarray(0, 2 * basis.kept.length))
    placeStrip(basis, { points, scale: target.scale }, unit)
    findTone(basis, region, target.colours, unit.colours, tone)
    for (let k = 0; k < alpha.length; k++) alpha[k] = region.alpha[k] * target.weight
    const patch = sharpen(unit.patch, target.sharpness / Math.max(1e-6, unit.outlineSharpness))
    const layer = { patch, points: unit.points, tone, alpha, share }
    blendTriangles(frame, shape, region.skinTriangles, points, layer)
    if (inside) blendTriangles(frame, shape, region.stripTriangles, points, layer)
  }
}

/** Makes up the inside where no unit has it, and lets lips meet that are apart in the unit. */
function paintInside(
  frame: Uint8Array,
  shape: FrameShape,
  basis: Basis,
  mouth: InnerMouth,
  about: { pose: FacePose; to: Float32Array; tone: FaceTone; weight: number; played: Played },
): void {
  const { pose, to, tone, played } = about
  const weight = about.weight * Math.max(played.madeUp, played.meeting)
  if (weight === 0) return
  const contour = lipContour(to, pose, basis)
  const sourceOpening = played.meeting > 0 ? played.reach : 0
  paintInnerMouth(frame, shape, mouth, {
    pose,
    contour,
    opening: played.opening,
    sourceOpening,
    tone,
    weight,
  })
}
