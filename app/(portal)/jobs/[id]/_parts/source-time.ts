/**
 * Where the source stands when the result is at `seconds`. A speech longer than the video plays the video
 * forward, then backward, and so on, as the render does.
 */
export function sourceTime(seconds: number, sourceSeconds: number): { at: number; forward: boolean } {
  if (!(sourceSeconds > 0)) return { at: 0, forward: true }
  const phase = seconds % (2 * sourceSeconds)
  return phase < sourceSeconds
    ? { at: phase, forward: true }
    : { at: 2 * sourceSeconds - phase, forward: false }
}
