/** What a render's cost depends on. */
export interface RenderSize {
  speechMs: number
  fps: number | null
  width: number | null
  height: number | null
}

/** Loading and probing, whatever the length. */
const FIXED_SECONDS = 2
/** One second of a GPU for one second of 720p at 30 frames a second. */
const PIXELS_PER_SECOND = 30 * 1280 * 720

/** GPU seconds that a render will take: a constant for each job, and its pixels at the pace of a plain GPU. */
export function predictCost({ speechMs, fps, width, height }: RenderSize): number {
  const frames = (speechMs / 1000) * (fps ?? 25)
  const pixels = (width ?? 1280) * (height ?? 720)
  return FIXED_SECONDS + (frames * pixels) / PIXELS_PER_SECOND
}
