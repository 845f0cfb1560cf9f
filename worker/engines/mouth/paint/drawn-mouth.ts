import type { MouthPlace, Yuv } from './mouth-place.ts'

/** Depth in face units to which the upper teeth reach, at the corners and in the middle. */
const TEETH = { corner: 0.03, middle: 0.052 }
/** Softness of the teeth's lower edge. */
const TEETH_EDGE = 0.012
/** How high the tongue lies above the lower lip in the middle of a wide mouth, and its softness. */
const TONGUE = { height: 0.07, edge: 0.035 }
/** Gap from which on the tongue shows. */
const TONGUE_FROM = 0.09

/**
 * The colour inside a mouth that the video never shows: a row of upper teeth below the lip, a dark cavity, and
 * a tongue in a wide one. `light` is how light the face is. Values were matched by eye to real mouths.
 */
export function drawnMouth(place: MouthPlace, light: number, out: Yuv): void {
  const { u, depth } = place
  const arch = Math.max(0, 1 - u * u)
  const teeth = teethShare(arch, depth)
  // Teeth curve away into the dark at the sides, and are parted by faint lines.
  const lines = 1 - 0.08 * Math.abs(Math.sin(u * 5.2 * Math.PI)) ** 10
  const enamel = 16 + 142 * light * lines * (0.45 + 0.55 * arch)
  drawnCavity(place, light, out)
  out.y += (enamel - out.y) * teeth
  out.u += (119 - out.u) * teeth
  out.v += (133 - out.v) * teeth
}

/** The dark of the mouth, and the tongue in it. */
export function drawnCavity({ u, depth, gap }: MouthPlace, light: number, out: Yuv): void {
  const tongue = tongueShare(Math.max(0, 1 - u * u), gap - depth, gap)
  out.y = 24 + (16 + 62 * light - 24) * tongue
  out.u = 124 - 6 * tongue
  out.v = 138 + 18 * tongue
}

function teethShare(arch: number, depth: number): number {
  const reach = TEETH.corner + (TEETH.middle - TEETH.corner) * arch
  const share = Math.min(1, Math.max(0, 1 - (depth - reach) / TEETH_EDGE))
  return share * share * (3 - 2 * share) * Math.min(1, arch * 2.2)
}

function tongueShare(arch: number, aboveLip: number, gap: number): number {
  const shown = Math.min(1, Math.max(0, (gap - TONGUE_FROM) / TONGUE_FROM))
  const height = TONGUE.height * arch * arch * shown
  const share = Math.min(1, Math.max(0, (height - aboveLip) / TONGUE.edge))
  return share * share * (3 - 2 * share)
}
