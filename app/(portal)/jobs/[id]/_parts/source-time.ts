/** At the very end browsers show nothing, or the first frame again. */
const LAST_FRAME = 0.04

/**
 * Where the source stands when the result is at `seconds`. A speech longer than the video plays the video
 * forward, then backward, and so on, or stays on its last frame, as the render does.
 */
export function sourceTime(
  seconds: number,
  sourceSeconds: number,
  then: 'loop' | 'freeze' = 'loop',
): { at: number; forward: boolean } {
  if (!(sourceSeconds > 0)) return { at: 0, forward: true }
  if (then === 'freeze')
    return {
      at: Math.min(seconds, Math.max(0, sourceSeconds - LAST_FRAME)),
      forward: seconds < sourceSeconds,
    }
  const phase = seconds % (2 * sourceSeconds)
  return phase < sourceSeconds
    ? { at: phase, forward: true }
    : { at: 2 * sourceSeconds - phase, forward: false }
}
