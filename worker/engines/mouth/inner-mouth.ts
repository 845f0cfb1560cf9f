import { clamp } from './curves.ts'
import { drawnCavity, drawnMouth } from './drawn-mouth.ts'
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
  fullRange: boolean
}

/** One frame's mouth, ready to be painted. */
export interface MouthFrame {
  pose: FacePose
  /** The gap between the rendered lips. */
  contour: LipContour
  /** Opening that is rendered, in face units. */
  opening: number
  /** Opening that the source shows there, in face units. */
  sourceOpening: number
  /** How light the face is, 1 for a well lit one. */
  light: number
  /** 0 paints nothing. */
  weight: number
}

/**
 * Paints the gap between the rendered lips: the presenter's own open mouth where the video has one, a drawn
 * one otherwise, darkened towards the lips and as the mouth closes. Edges are a pixel and a half soft.
 */
export function paintInnerMouth(
  target: Uint8Array,
  shape: { width: number; height: number },
  mouth: InnerMouth,
  frame: MouthFrame,
): void {
  const { width, height } = shape
  const box = pixelBox(frame, width, height)
  const chroma = width * height
  const redOffset = (width >> 1) * (height >> 1)
  const blend = exemplarBlend(mouth.exemplars, frame.opening)
  const seam = seamOf(frame)
  const colour: Yuv = { y: 0, u: 0, v: 0 }
  const place: MouthPlace = { u: 0, depth: 0, gap: 0 }
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const alpha = placeOf(frame, x, y, seam, place) * frame.weight
      if (alpha <= 0) continue
      if (mouth.exemplars.length > 0) exemplarColour(mouth.exemplars, blend, place, frame.light, colour)
      else drawnMouth(place, frame.light, colour)
      shade(colour, place, mouth.fullRange ? 0 : 16, frame.light)
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

interface Seam {
  /** How much of a pixel on the edge of a lip is painted, 0..1. */
  cover: number
  /** How far over the lower lip's edge, in pixels, the paint reaches. */
  reach: number
}

/** Cover of a lip's edge that is as it should be. */
const EDGE_COVER = 0.35
/** From this opening of the source on, its own teeth would show through a seam painted that thinly. */
const SOURCE_SHOWS = 0.05
/** Lower teeth stand above the tracked edge of the lip by up to this, in face units. */
const TEETH_OVER_LIP = 0.009

/** Where lips close over a mouth that is open in the source, the seam has to hide what is left of it. */
function seamOf({ sourceOpening, opening, pose }: MouthFrame): Seam {
  const shows = Math.min(1, sourceOpening / SOURCE_SHOWS)
  const closing = clamp((sourceOpening - opening) / 0.1, 0, 1)
  return { cover: EDGE_COVER + (0.9 - EDGE_COVER) * shows, reach: TEETH_OVER_LIP * pose.scale * closing }
}

/** Finds a pixel's place inside the mouth; returns how much of the pixel is to be painted, 0..1. */
function placeOf({ pose, contour }: MouthFrame, x: number, y: number, seam: Seam, place: MouthPlace): number {
  const u = (toFaceX(pose, x, y) - contour.centreX) / contour.halfWidth
  if (u <= -1 || u >= 1) return 0
  const faceY = toFaceY(pose, x, y)
  const top = edgeAt(contour.upper, u)
  const bottom = edgeAt(contour.lower, u)
  place.u = u
  place.depth = Math.max(0, faceY - top)
  place.gap = bottom - top
  const inside = Math.min(
    (faceY - top) * pose.scale,
    (bottom - faceY) * pose.scale + seam.reach * (1 - u * u),
  )
  const fromCorner = (1 - Math.abs(u)) * contour.halfWidth * pose.scale
  return clamp(inside / 1.6 + seam.cover, 0, 1) * Math.min(1, fromCorner / 2, (1 - u * u) * 4)
}

/** Two exemplars are mixed only this near to the middle between them: elsewhere teeth would show double. */
const MIX_BAND = 0.3

/** Weights of the exemplars for an opening. */
function exemplarBlend(exemplars: Exemplar[], opening: number): Float32Array {
  const blend = new Float32Array(exemplars.length)
  const above = exemplars.findIndex((exemplar) => exemplar.opening >= opening)
  if (above === 0) blend[0] = 1
  else if (above < 0) blend[Math.max(0, blend.length - 1)] = 1
  else {
    const low = exemplars[above - 1].opening
    const way = (opening - low) / Math.max(1e-4, exemplars[above].opening - low)
    const share = clamp((way - 0.5) / MIX_BAND + 0.5, 0, 1)
    blend[above] = share * share * (3 - 2 * share)
    blend[above - 1] = 1 - blend[above]
  }
  return blend
}

/** A mouth that opens further than the exemplar's shows its teeth at most this much taller. */
const TALLEST = 1.2
/** From this share of the exemplar's depth on, the drawn cavity takes over below teeth that don't stretch. */
const CAVITY = { from: 0.8, over: 0.16 }

/**
 * The colour that the exemplars show at the same place. A narrower gap shows less of the depth than it should
 * by proportion (exponent 0.55), because upper teeth keep their size while the jaw closes; a much wider one
 * keeps them too, and shows the dark below.
 */
function exemplarColour(
  exemplars: Exemplar[],
  blend: Float32Array,
  place: MouthPlace,
  light: number,
  out: Yuv,
) {
  out.y = out.u = out.v = 0
  let dark = 0
  for (const [n, { contour, pose, patch }] of exemplars.entries()) {
    const share = blend[n]
    if (share < 0.01) continue
    const x = contour.centreX + place.u * contour.halfWidth
    const top = edgeAt(contour.upper, place.u)
    const gap = Math.max(1e-4, edgeAt(contour.lower, place.u) - top)
    const stretch = Math.max(place.gap, 1e-4) / gap
    const at = place.depth / Math.max(1e-4, Math.min(place.gap, gap * TALLEST))
    const shown = clamp(stretch ** 0.55, 0.2, 1)
    const depth = Math.min(at * gap * shown + gap * 0.1 * Math.max(0, 1 - at), gap * 0.97)
    if (stretch > TALLEST) dark += share * clamp((at - CAVITY.from) / CAVITY.over, 0, 1)
    const px = toPixelX(pose, x, top + depth) - patch.x
    const py = toPixelY(pose, x, top + depth) - patch.y
    const [halfWidth, halfHeight] = [patch.width >> 1, patch.height >> 1]
    const luma = patch.width * patch.height
    out.y += share * bilinear(patch.data, 0, patch.width, patch.height, px, py)
    out.u += share * bilinear(patch.data, luma, halfWidth, halfHeight, px / 2, py / 2)
    out.v +=
      share * bilinear(patch.data, luma + halfWidth * halfHeight, halfWidth, halfHeight, px / 2, py / 2)
  }
  if (dark > 0) mixCavity(place, light, dark, out)
}

function mixCavity(place: MouthPlace, light: number, share: number, out: Yuv) {
  const [y, u, v] = [out.y, out.u, out.v]
  drawnCavity(place, light, out)
  out.y = y + (out.y - y) * share
  out.u = u + (out.u - u) * share
  out.v = v + (out.v - v) * share
}

/** Below this gap, in face units, what is seen is the seam of the lips and no longer the mouth. */
const SEAM_GAP = 0.03
/** Luma of the seam of a well lit mouth: dark skin, not black. */
const SEAM_LUMA = 46

/** Lips throw a shadow into the mouth, and a nearly shut mouth is dark and lit by the red of its lips. */
function shade(colour: Yuv, { depth, gap }: MouthPlace, black: number, light: number) {
  const lips = Math.min(1, Math.min(depth, Math.max(0, gap - depth) * 1.3) / 0.03)
  const bright = (0.45 + 0.55 * lips) * (0.55 + 0.45 * Math.min(1, gap / 0.08))
  const seam = clamp(1 - gap / SEAM_GAP, 0, 1)
  colour.y = black + (colour.y - black) * bright
  colour.y += (black + SEAM_LUMA * light * light - colour.y) * seam
  colour.u += (124 - colour.u) * (1 - bright)
  colour.v += (142 - colour.v) * (1 - bright)
}

function pixelBox({ pose, contour }: MouthFrame, width: number, height: number) {
  const { centreX, halfWidth, upper, lower } = contour
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
