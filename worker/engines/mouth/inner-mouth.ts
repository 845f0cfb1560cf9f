import { clamp } from './curves.ts'
import { drawnMouth } from './drawn-mouth.ts'
import type { Exemplar } from './exemplars.ts'
import { type FacePose, toFaceX, toFaceY, toPixelX, toPixelY } from './landmarks.ts'
import { edgeAt, type LipContour } from './lip-contour.ts'
import { bilinear } from './yuv-image.ts'

/** One colour: luma and the two chroma values. */
export interface Yuv {
  y: number
  u: number
  v: number
}

/** A place inside the mouth, in face units. */
export interface MouthPlace {
  /** -1..1 from the subject's right corner to the left. */
  u: number
  /** Below the upper lip's edge. */
  depth: number
  /** From the upper to the lower edge here. */
  gap: number
}

export interface InnerMouth {
  exemplars: Exemplar[]
  /** Opening of the loudest vowel, in face units. */
  widest: number
  fullRange: boolean
}

/**
 * Paints the gap between the rendered lips: the presenter's own open mouth where the video has one, a drawn
 * one otherwise, darkened towards the lips and as the mouth closes. Edges are a pixel and a half soft.
 */
export function paintInnerMouth(
  target: Uint8Array,
  shape: { width: number; height: number },
  pose: FacePose,
  contour: LipContour,
  mouth: InnerMouth,
  opening: number,
  weight: number,
): void {
  const { width, height } = shape
  const box = pixelBox(pose, contour, width, height)
  const chroma = width * height
  const redOffset = (width >> 1) * (height >> 1)
  const blend = exemplarBlend(mouth.exemplars, opening)
  const colour: Yuv = { y: 0, u: 0, v: 0 }
  const place: MouthPlace = { u: 0, depth: 0, gap: 0 }
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const alpha = placeOf(pose, contour, x, y, place) * weight
      if (alpha <= 0) continue
      if (mouth.exemplars.length > 0) exemplarColour(mouth.exemplars, blend, place, colour)
      else drawnMouth(place, mouth, colour)
      shade(colour, place, mouth.fullRange ? 0 : 16)
      const at = y * width + x
      target[at] = target[at] + (colour.y - target[at]) * alpha + 0.5
      if ((x & 1) === 0 && (y & 1) === 0) {
        const c = chroma + (y >> 1) * (width >> 1) + (x >> 1)
        target[c] = target[c] + (colour.u - target[c]) * alpha + 0.5
        target[c + redOffset] = target[c + redOffset] + (colour.v - target[c + redOffset]) * alpha + 0.5
      }
    }
  }
}

/** Finds a pixel's place inside the mouth; returns how much of the pixel lies inside, 0..1. */
function placeOf(pose: FacePose, contour: LipContour, x: number, y: number, place: MouthPlace): number {
  const u = (toFaceX(pose, x, y) - contour.centreX) / contour.halfWidth
  if (u <= -1 || u >= 1) return 0
  const faceY = toFaceY(pose, x, y)
  const top = edgeAt(contour.upper, u)
  const bottom = edgeAt(contour.lower, u)
  place.u = u
  place.depth = Math.max(0, faceY - top)
  place.gap = bottom - top
  const inside = Math.min(faceY - top, bottom - faceY) * pose.scale
  const fromCorner = (1 - Math.abs(u)) * contour.halfWidth * pose.scale
  return clamp(inside / 1.6 + 0.35, 0, 1) * Math.min(1, fromCorner / 2)
}

/** Weights of the exemplars for an opening: the two nearest share it. */
function exemplarBlend(exemplars: Exemplar[], opening: number): Float32Array {
  const blend = new Float32Array(exemplars.length)
  const above = exemplars.findIndex((exemplar) => exemplar.opening >= opening)
  if (above === 0) blend[0] = 1
  else if (above < 0) blend[Math.max(0, blend.length - 1)] = 1
  else {
    const low = exemplars[above - 1].opening
    const share = (opening - low) / Math.max(1e-4, exemplars[above].opening - low)
    blend[above] = share * share * (3 - 2 * share)
    blend[above - 1] = 1 - blend[above]
  }
  return blend
}

/**
 * The colour that the exemplars show at the same place. A narrower gap shows less of the depth than it should
 * by proportion (exponent 0.55), because upper teeth keep their size while the jaw closes.
 */
function exemplarColour(exemplars: Exemplar[], blend: Float32Array, place: MouthPlace, out: Yuv) {
  out.y = out.u = out.v = 0
  exemplars.forEach(({ contour, pose, patch }, n) => {
    const share = blend[n]
    if (share < 0.01) return
    const x = contour.centreX + place.u * contour.halfWidth
    const top = edgeAt(contour.upper, place.u)
    const gap = Math.max(1e-4, edgeAt(contour.lower, place.u) - top)
    const at = place.depth / Math.max(place.gap, 1e-4)
    const shown = clamp((Math.max(place.gap, 1e-4) / gap) ** 0.55, 0.2, 1)
    const depth = Math.min(at * gap * shown + gap * 0.1 * (1 - at), gap * 0.97)
    const px = toPixelX(pose, x, top + depth) - patch.x
    const py = toPixelY(pose, x, top + depth) - patch.y
    const [halfWidth, halfHeight] = [patch.width >> 1, patch.height >> 1]
    const luma = patch.width * patch.height
    out.y += share * bilinear(patch.data, 0, patch.width, patch.height, px, py)
    out.u += share * bilinear(patch.data, luma, halfWidth, halfHeight, px / 2, py / 2)
    out.v +=
      share * bilinear(patch.data, luma + halfWidth * halfHeight, halfWidth, halfHeight, px / 2, py / 2)
  })
}

/** Lips throw a shadow into the mouth, and a nearly shut mouth is dark. */
function shade(colour: Yuv, { depth, gap }: MouthPlace, black: number) {
  const lips = Math.min(1, Math.min(depth, Math.max(0, gap - depth) * 1.3) / 0.03)
  const light = (0.45 + 0.55 * lips) * (0.55 + 0.45 * Math.min(1, gap / 0.08))
  colour.y = black + (colour.y - black) * light
}

function pixelBox(
  pose: FacePose,
  { centreX, halfWidth, upper, lower }: LipContour,
  width: number,
  height: number,
) {
  const top = Math.min(...upper)
  const bottom = Math.max(...lower)
  const xs = [-1, 1].flatMap((side) =>
    [top, bottom].map((y) => toPixelX(pose, centreX + side * halfWidth, y)),
  )
  const ys = [-1, 1].flatMap((side) =>
    [top, bottom].map((y) => toPixelY(pose, centreX + side * halfWidth, y)),
  )
  return {
    left: Math.max(0, Math.floor(Math.min(...xs)) - 1),
    right: Math.min(width - 1, Math.ceil(Math.max(...xs)) + 1),
    top: Math.max(0, Math.floor(Math.min(...ys)) - 1),
    bottom: Math.min(height - 1, Math.ceil(Math.max(...ys)) + 1),
  }
}
