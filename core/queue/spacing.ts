/*
 * Tickets for jobs that go between others: pure. A ticket is only a label that keeps an order, so where a
 * gap has no room left, its neighbours' labels may be spread out again without anybody changing places.
 */

/** The tickets strictly between these two are free. */
export interface Gap {
  after: number
  before: number
}

/**
 * Tickets inside a gap for jobs in this order, each as near as can be to the one it wishes for. Null when
 * the gap is too narrow.
 */
export function fitInto({ after, before }: Gap, wishes: readonly number[]): number[] | null {
  if (before - after - 1 < wishes.length) return null
  let last = after
  return wishes.map((wish, index) => {
    const latest = before - (wishes.length - index)
    last = Math.min(latest, Math.max(last + 1, Math.round(wish)))
    return last
  })
}

/** The ticket in the middle of a gap: a wish that leaves room on both sides. */
export const middle = ({ after, before }: Gap): number => after + Math.floor((before - after) / 2)

/** `count` evenly spaced tickets inside a gap, or null when it is too narrow. */
export function spread({ after, before }: Gap, count: number): number[] | null {
  if (before - after - 1 < count) return null
  const step = (before - after) / (count + 1)
  return Array.from({ length: count }, (_, index) => after + Math.floor(step * (index + 1)))
}

/** Neighbours whose tickets are to be spread out, and the tickets that they and the newcomers then have. */
export interface Window {
  /** How many of the nearest neighbours in front and behind take part. */
  front: number
  behind: number
  /** In order: those in front, the newcomers, those behind. */
  tickets: number[]
}

/**
 * The smallest window around a full gap in which everybody, with `count` newcomers, has `roomEach` tickets.
 * `front` and `behind` are the neighbours' tickets, nearest first; their last ones are only looked at as
 * the window's edge unless `whole` says that nobody is beyond them. Null when no such window is.
 */
export function chooseWindow(
  front: readonly number[],
  behind: readonly number[],
  ends: Gap,
  { count, roomEach, whole }: { count: number; roomEach: number; whole: { front: boolean; behind: boolean } },
): Window | null {
  const most = {
    front: whole.front ? front.length : front.length - 1,
    behind: whole.behind ? behind.length : behind.length - 1,
  }
  for (let reach = 2; ; reach *= 2) {
    const [inFront, inBack] = [Math.min(reach, most.front), Math.min(reach, most.behind)]
    const gap = { after: front[inFront] ?? ends.after, before: behind[inBack] ?? ends.before }
    const jobs = inFront + count + inBack
    const tickets = (gap.before - gap.after) / (jobs + 1) >= roomEach ? spread(gap, jobs) : null
    if (tickets) return { front: inFront, behind: inBack, tickets }
    if (inFront === most.front && inBack === most.behind) return null
  }
}
