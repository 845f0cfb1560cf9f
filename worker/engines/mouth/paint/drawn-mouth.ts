import { clamp } from '#worker/engines/vision/numbers'
import type { FaceTone } from './face-tone.ts'
import type { MouthPlace, Yuv } from './mouth-place.ts'

/**
 * Right edges of the teeth from the middle of the face, in face units (the outer eye corners of an adult are some 92 mm
 * apart): incisors, canine, premolars as they turn away. By the mean widths of teeth in anatomy.
 */
const UPPER = [0.088, 0.157, 0.215, 0.257, 0.29]
const LOWER = [0.052, 0.108, 0.165, 0.21]
/** How far each upper tooth's edge stands above that of the middle ones. */
const SHORTER = [0, 0.005, 0.002, 0.011, 0.019]
/** Lower edge of the upper teeth below the lip of a shut mouth, and the share of an opening by which that lip rises. */
const UPPER_EDGE = 0.03
const LIP_LIFT = 0.21
/** Share of the gap that the upper teeth leave open at least: a bite shows a dark line above the lower lip. */
const BITE = 0.2
/** Height of the lower teeth above the lower lip in a wide mouth, and the gap from which on they show. */
const LOWER_EDGE = 0.028
const LOWER_FROM = 0.13
/** Half the width of what the teeth fill. */
const ARCH = { upper: 0.3, lower: 0.21 }
/** Luma above black of well lit enamel, tongue and the dark behind, and how far from grey the latter two are. */
const ENAMEL = { upper: 146, lower: 98 }
const TONGUE = { luma: 42, u: -8, v: 22 }
const DARK = { luma: 13, lit: 10, u: -5, v: 14 }

/**
 * The inside of a mouth that the video never shows, in layers: the dark, the tongue, lower teeth that go with the jaw,
 * and upper ones that stay with the skull while the lip rises from them. Teeth are as light as the face is, whatever
 * the gap; the face's tone and the side that its light comes from are theirs too.
 */
export function drawnMouth(place: MouthPlace, tone: FaceTone, out: Yuv): void {
  drawnCavity(place, tone.light, out)
  const x = Math.abs(place.x)
  const lit = tone.light * (1 + tone.side * clamp(place.x / ARCH.upper, -1, 1))
  blend(out, tone, lowerTeeth(place, x), ENAMEL.lower * lit * (0.45 + 0.55 * curve(x, ARCH.lower)))
  const reach = upperReach(place, x)
  const share = smooth((reach - place.depth) / 0.007 + 0.5) * smooth((ARCH.upper - x) / 0.05)
  const enamel = ENAMEL.upper * (0.35 + 0.65 * curve(x, ARCH.upper)) * seams(UPPER, x, reach - place.depth)
  blend(out, tone, share, enamel * lit)
}

/** The dark of the mouth, and the tongue in it. `light` is how light the face is. */
export function drawnCavity({ u, depth, gap }: MouthPlace, light: number, out: Yuv): void {
  const arch = Math.max(0, 1 - u * u)
  const shown = smooth((gap - 0.06) / 0.1)
  const height = (0.02 + 0.04 * shown + 0.5 * Math.max(0, gap - 0.16)) * Math.sqrt(arch)
  const tongue = smooth((height - (gap - depth)) / 0.05 + 0.25) * (0.3 + 0.7 * shown)
  const groove = 1 - 0.12 * Math.exp(-((u / 0.12) ** 2))
  // Light falls in through the gap: nearer to the lips the flesh behind them shows.
  const dark = DARK.luma + DARK.lit * Math.max(0, 1 - Math.min(depth, gap - depth) / 0.05)
  out.y = 16 + (dark + (TONGUE.luma * groove - dark) * tongue) * light
  out.u = 128 + (DARK.u + (TONGUE.u - DARK.u) * tongue) * light
  out.v = 128 + (DARK.v + (TONGUE.v - DARK.v) * tongue) * light
}

/** Depth to which the upper teeth reach at a distance from the middle. */
function upperReach({ gap }: MouthPlace, x: number): number {
  const [tooth, inside] = toothAt(UPPER, x)
  const corners = 0.004 * (1 - inside) ** 2
  const turned = 0.012 * (1 - curve(x, ARCH.upper))
  return Math.min(UPPER_EDGE + LIP_LIFT * gap, gap * (1 - BITE)) - SHORTER[tooth] - corners - turned
}

/** How much of a place belongs to the lower teeth. */
function lowerTeeth({ depth, gap }: MouthPlace, x: number): number {
  const shown = smooth((gap - LOWER_FROM) / 0.08)
  if (shown === 0 || x > ARCH.lower) return 0
  const [, inside] = toothAt(LOWER, x)
  const height = LOWER_EDGE * shown * curve(x, ARCH.lower) - 0.004 * (1 - inside) ** 2
  return smooth((height - (gap - depth)) / 0.008 + 0.5) * shown * smooth((ARCH.lower - x) / 0.04)
}

/** Teeth are parted by soft lines, which deepen towards their edge. */
function seams(edges: number[], x: number, fromEdge: number): number {
  const near = clamp(1 - fromEdge / 0.04, 0, 1)
  const line = 1 - smooth(toothAt(edges, x)[1] / 0.18)
  return (1 - 0.13 * line * (0.5 + 0.5 * near)) * (1 - 0.1 * near)
}

function blend(out: Yuv, { u, v }: FaceTone, share: number, luma: number) {
  out.y += (16 + luma - out.y) * share
  out.u += (u - out.u) * share
  out.v += (v - out.v) * share
}

/** How much a row of teeth faces the front: 1 in the middle, 0 where it ends. */
function curve(x: number, end: number): number {
  return Math.max(0, 1 - (x / end) ** 2)
}

/** The tooth at a distance from the middle, and how far from its edges that is, 0..1. */
function toothAt(edges: number[], x: number): [tooth: number, inside: number] {
  let from = 0
  for (const [tooth, edge] of edges.entries()) {
    const half = (edge - from) / 2
    if (x <= edge) return [tooth, 1 - Math.abs(x - from - half) / half]
    from = edge
  }
  return [edges.length - 1, 0]
}

function smooth(value: number): number {
  const share = clamp(value, 0, 1)
  return share * share * (3 - 2 * share)
}
