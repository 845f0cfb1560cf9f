import type { InnerMouth, MouthPlace, Yuv } from './inner-mouth.ts'

/**
 * The colour inside a mouth that the video never shows: a row of upper teeth below the lip, behind it a dark
 * cavity. Values were matched by eye to real mouths at the video's normal range.
 */
export function drawnMouth({ u, depth }: MouthPlace, _mouth: InnerMouth, out: Yuv): void {
  const arch = Math.max(0, 1 - u * u)
  const edge = Math.max(0, 1 - Math.max(0, (depth - 0.035 - 0.02 * arch) / 0.012))
  const teeth = Math.min(1, edge) * arch ** 0.35
  const ridges = 1 - 0.1 * Math.abs(Math.sin(u * 5.2 * Math.PI)) ** 8
  out.y = 26 + teeth * 128 * ridges * (1 - 0.35 * u * u)
  out.u = 124 - 4 * (1 - teeth)
  out.v = 140 - 8 * teeth
}
