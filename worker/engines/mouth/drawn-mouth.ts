import type { MouthPlace, Yuv } from './inner-mouth.ts'

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
export function drawnMouth({ u, depth, gap }: MouthPlace, light: number, out: Yuv): void {
  const arch = Math.max(0, 1 - u * u)
  const teeth = teethShare(arch, depth)
  const tongue = (1 - teeth) * tongueShare(arch, gap - depth, gap)
  const cavity = 1 - teeth - tongue
  // Teeth curve away into the dark at the sides, and are parted by faint lines.
  const lines = 1 - 0.08 * Math.abs(Math.sin(u * 5.2 * Math.PI)) ** 10
  const enamel = 16 + 142 * light * lines * (0.45 + 0.55 * arch)
  out.y = teeth * enamel + tongue * (16 + 62 * light) + cavity * 24
  out.u = teeth * 119 + tongue * 118 + cavity * 124
  out.v = teeth * 133 + tongue * 156 + cavity * 138
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
