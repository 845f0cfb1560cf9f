import { type FacePose, toFaceX, toFaceY, toPixelX, toPixelY } from '#worker/engines/vision/landmarks'
import { clamp } from '#worker/engines/vision/numbers'
import { bilinear } from '#worker/engines/vision/yuv-image'
import { drawnMouth } from './drawn-mouth.ts'
import type { Exemplar } from './exemplar.ts'
import type { FaceTone } from './face-tone.ts'
import { edgeAt, type LipContour } from './lip-contour.ts'
import type { MouthPlace, Yuv } from './mouth-place.ts'
import { shownMouth } from './shown-mouth.ts'

export interface InnerMouth {
  exemplar: Exemplar | null
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
  /** The light on the face. */
  tone: FaceTone
  /** 0 paints nothing. */
  weight: number
}

/**
 * Paints the gap between the rendered lips: the presenter's own open mouth where the video has one, a drawn
 * one otherwise, and where the gap is hardly there the lips themselves, meeting. Edges are a pixel and a half soft.
 */
export function paintInnerMouth(
  target: Uint8Array,
  shape: { width: number; height: number },
  { exemplar, fullRange }: InnerMouth,
  frame: MouthFrame,
): void {
  const { width, height } = shape
  const box = pixelBox(frame, width, height)
  const chroma = width * height
  const redOffset = (width >> 1) * (height >> 1)
  const seam = seamOf(frame)
  const colour: Yuv = { y: 0, u: 0, v: 0 }
  const lips: Yuv = { y: 0, u: 0, v: 0 }
  const place: MouthPlace = { u: 0, x: 0, halfWidth: frame.contour.halfWidth, depth: 0, gap: 0 }
  // The lips' colours are taken beside the seam before the picture is painted over.
  const meeting = meetingLips(target, shape, frame, seam)
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const alpha = placeOf(frame, x, y, seam, place) * frame.weight
      if (alpha <= 0) continue
      const closed = clamp(1 - place.gap / SEAM_GAP, 0, 1)
      if (closed < 1) {
        if (exemplar) shownMouth(exemplar, place, frame.tone.light, colour)
        else drawnMouth(place, frame.tone, colour)
        shade(colour, place, fullRange ? 0 : 16, exemplar ? SHOWN_SHADE : DRAWN_SHADE)
      }
      if (closed > 0) {
        meeting(place, lips)
        for (const key of ['y', 'u', 'v'] as const) colour[key] += (lips[key] - colour[key]) * closed
      }
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
  /** How far over the upper lip's edge. */
  above: number
}

/** Cover of a lip's edge that is as it should be. */
const EDGE_COVER = 0.35
/** A source that opens further than this would show its own teeth through a seam painted that thinly. */
const SOURCE_SHOWS = 0.05
/** Lower teeth stand above the tracked edge of the lip by up to this, in face units. */
const TEETH_OVER_LIP = 0.009
/** Half of the dark line between shut lips, which goes with the upper one when they are opened. */
const SHUT_LINE = 0.008

/** The seam has to hide what is left of a mouth that is open in the source while the rendered lips close over it. */
function seamOf({ sourceOpening, opening, pose }: MouthFrame): Seam {
  const shows = Math.min(1, sourceOpening / SOURCE_SHOWS)
  const closing = clamp((sourceOpening - opening) / 0.1, 0, 1)
  const opened = clamp((opening - sourceOpening) / 0.05, 0, 1)
  return {
    cover: EDGE_COVER + (0.9 - EDGE_COVER) * shows,
    reach: TEETH_OVER_LIP * pose.scale * closing,
    above: SHUT_LINE * pose.scale * opened,
  }
}

/** Finds a pixel's place inside the mouth; returns how much of the pixel is to be painted, 0..1. */
function placeOf({ pose, contour }: MouthFrame, x: number, y: number, seam: Seam, place: MouthPlace): number {
  place.x = toFaceX(pose, x, y) - contour.centreX
  const u = place.x / contour.halfWidth
  if (u <= -1 || u >= 1) return 0
  const faceY = toFaceY(pose, x, y)
  const top = edgeAt(contour.upper, u)
  const bottom = edgeAt(contour.lower, u)
  place.u = u
  place.depth = Math.max(0, faceY - top)
  place.gap = bottom - top
  const inside = Math.min(
    (faceY - top) * pose.scale + seam.above * (1 - u * u),
    (bottom - faceY) * pose.scale + seam.reach * (1 - u * u),
  )
  const fromCorner = (1 - Math.abs(u)) * contour.halfWidth * pose.scale
  return clamp(inside / 1.6 + seam.cover, 0, 1) * Math.min(1, fromCorner / 2, (1 - u * u) * 8)
}

/** A gap below this, in face units, shows the seam of the lips and no longer the mouth. */
const SEAM_GAP = 0.03
/** How far beside the seam a lip's own colour is taken, in face units. */
const BESIDE = 0.014
/** The line where lips meet: how dark at the middle and in the corners, and half its width in face units. */
const LINE = { middle: 0.34, corner: 0.5, halfWidth: 0.008 }
const COLUMNS = 48

/**
 * The colour of lips that meet: each lip's own, taken beside the seam, and between them a soft dark line. Taken per
 * column, before anything is painted.
 */
function meetingLips(
  target: Uint8Array,
  { width, height }: { width: number; height: number },
  { pose, contour }: MouthFrame,
  seam: Seam,
): (place: MouthPlace, out: Yuv) => void {
  const colours = new Float32Array(6 * (COLUMNS + 1))
  const luma = width * height
  const [halfWidth, halfHeight] = [width >> 1, height >> 1]
  const beside = BESIDE + 1.5 / pose.scale
  for (let column = 0; column <= COLUMNS; column++) {
    const u = (2 * column) / COLUMNS - 1
    const x = contour.centreX + u * contour.halfWidth
    const edges = [
      edgeAt(contour.upper, u) - beside,
      edgeAt(contour.lower, u) + beside + seam.reach / pose.scale,
    ]
    for (const [lip, y] of edges.entries()) {
      const px = toPixelX(pose, x, y)
      const py = toPixelY(pose, x, y)
      const at = 6 * column + 3 * lip
      colours[at] = bilinear(target, 0, width, height, px, py)
      colours[at + 1] = bilinear(target, luma, halfWidth, halfHeight, px / 2, py / 2)
      colours[at + 2] = bilinear(target, luma + halfWidth * halfHeight, halfWidth, halfHeight, px / 2, py / 2)
    }
  }
  return ({ u, depth, gap }, out) => {
    const at = 6 * Math.round(((u + 1) / 2) * COLUMNS)
    const lower = clamp((depth - gap / 2) / (2 * LINE.halfWidth) + 0.5, 0, 1)
    const off = (depth - gap / 2) / (LINE.halfWidth + gap / 2)
    const dark = LINE.middle + (LINE.corner - LINE.middle) * u * u
    const bright = 1 - dark * Math.exp(-off * off)
    const mix = (k: number) => colours[at + k] + (colours[at + 3 + k] - colours[at + k]) * lower
    out.y = 16 + (mix(0) - 16) * bright
    out.u = mix(1)
    out.v = mix(2)
  }
}

/**
 * Light that is left right below the upper and above the lower lip, and in a mouth that hardly opens up to a gap of
 * `until`. A shown mouth has its own shadow.
 */
const DRAWN_SHADE = { above: 0.55, below: 0.85, narrow: 0.85, until: 0.08 }
const SHOWN_SHADE = { above: 0.8, below: 0.8, narrow: 0.8, until: 0.06 }

/** Lips throw a shadow into the mouth, and a nearly shut mouth is dark and lit by the red of its lips. */
function shade(
  colour: Yuv,
  { depth, gap }: MouthPlace,
  black: number,
  { above, below, narrow, until }: typeof DRAWN_SHADE,
) {
  const upper = above + (1 - above) * Math.min(1, depth / 0.03)
  const lower = below + (1 - below) * Math.min(1, (Math.max(0, gap - depth) * 1.3) / 0.03)
  const bright = Math.min(upper, lower) * (narrow + (1 - narrow) * Math.min(1, gap / until))
  colour.y = black + (colour.y - black) * bright
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
    top: Math.max(0, Math.floor(Math.min(...ys)) - 2),
    bottom: Math.min(height - 1, Math.ceil(Math.max(...ys)) + 1),
  }
}
