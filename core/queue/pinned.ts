/**
 * Where moved jobs go when the others get a new order: pure. A moved job stays in front of all that it was in
 * front of: it goes right before the first of these in the new order, or to the end where there were none.
 * Moved jobs keep their order among themselves. `order` is the new order of the others, `line` the old one of all.
 */
export function pinnedInto<Job extends { band: string; pinned: boolean }>(
  order: readonly Job[],
  line: readonly Job[],
): Job[] {
  const rank = new Map(order.map((job, index) => [job, index]))
  const before = new Map<number, Job[]>()
  const earliest = new Map<string, number>()
  // From the back, so that what is behind a job is known when its turn comes.
  for (const job of line.toReversed()) {
    const first = earliest.get(job.band) ?? order.length
    if (!job.pinned) earliest.set(job.band, Math.min(first, rank.get(job) ?? first))
    else if (before.has(first)) before.get(first)!.push(job)
    else before.set(first, [job])
  }
  return [...order, null].flatMap((job, index) => [
    ...(before.get(index)?.toReversed() ?? []),
    ...(job ? [job] : []),
  ])
}
