const MINUTE = 60_000
const MAX_SPAN = 60 * MINUTE
const MIN_SPAN = 3 * MINUTE
const STEPS = [1, 2, 5, 10, 15].map((minutes) => minutes * MINUTE)
const MAX_TICKS = 6

/** The stretch of time that the schedule shows: from now to the last block's end, an hour at most. */
export function scaleOf(now: number, ends: readonly number[]): { from: number; to: number; ticks: number[] } {
  const last = Math.max(now + MIN_SPAN, ...ends)
  const to = Math.min(now + MAX_SPAN, last)
  const step = STEPS.find((each) => (to - now) / each <= MAX_TICKS) ?? STEPS[STEPS.length - 1]
  const first = Math.ceil(now / step) * step
  const ticks = Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, n) => first + n * step,
  )
  return { from: now, to, ticks }
}

/** Where a block stands, in percent of the width; null where it is out of the picture. */
export function spanOf(
  block: { startAt: number; finishAt: number },
  { from, to }: { from: number; to: number },
): { left: number; width: number } | null {
  const [start, end] = [Math.max(block.startAt, from), Math.min(Math.max(block.finishAt, from), to)]
  if (start >= to || (end <= from && block.startAt < from && block.finishAt < from)) return null
  const percent = (ms: number) => (100 * ms) / (to - from)
  return { left: percent(start - from), width: percent(end - start) }
}
