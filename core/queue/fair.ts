import { FIRST_TICKET } from '#core/queue/ordering'
import { fitInto, type Gap, spread } from '#core/queue/spacing'

/*
 * Policy fair: start-time fair queueing in GPU seconds, pure. Each band has a virtual time, the start tag of
 * the last job taken from it. A user's jobs follow each other in virtual time: each starts where the one
 * before it ends, and takes its GPU seconds divided by the user's weight. The smallest start tag goes first.
 *
 * While two users both have jobs waiting, what they were given per unit of weight differs by at most the
 * longest job of the one plus the longest of the other, each per unit of its weight.
 */

/** Weights that a user may have. */
export const WEIGHTS = { least: 0.1, most: 10 } as const

/** Tickets per second of virtual time; ties and neighbours within one go by arrival, next to each other. */
const TICKETS_PER_SECOND = 16

/** What a user's next job in a band starts from. */
export interface Share {
  virtualTime: number
  /** Where the user's last job in this band ends. */
  finish: number
  weight: number
}

/** The start tags of jobs that a user sends now, in order, and where the last one ends. */
export function tagsOf(
  { virtualTime, finish, weight }: Share,
  costs: readonly number[],
): { tags: number[]; finish: number } {
  let next = Math.max(virtualTime, finish)
  const tags = costs.map((seconds) => {
    const tag = next
    next += seconds / weight
    return tag
  })
  return { tags, finish: next }
}

/** The ticket that suits a start tag, where it is free. */
export const ticketOf = (tag: number): number => FIRST_TICKET + Math.floor(tag * TICKETS_PER_SECOND)

/** A waiting job of one band: its ticket, its start tag (null where it has none), and whether the tag is new. */
export interface Tagged {
  ticket: number
  tag: number | null
  retagged: boolean
}

/**
 * Where jobs go whose start tags have changed, or that are new (with NaN for a ticket): behind all whose tag is
 * not greater, and behind those without a tag that stand among these; who stands right already stays. Takes the line in order and gives the
 * indices of the jobs that get another ticket; null when there is no room. `ends` are the tickets next to the
 * given part of the line.
 */
export function remerge(line: readonly Tagged[], ends: Gap): Map<number, number> | null {
  const byTag = [...line.keys()]
    .filter((index) => line[index].retagged)
    .sort((a, b) => line[a].tag! - line[b].tag! || line[a].ticket - line[b].ticket || 0)
  const rest = [...line.keys()].filter((index) => !line[index].retagged)
  const staying = whoStays(line, groupByGap(line, rest, byTag), rest)
  const others = [...rest, ...staying].sort((a, b) => line[a].ticket - line[b].ticket)
  const groups = groupByGap(
    line,
    others,
    byTag.filter((index) => !staying.has(index)),
  )
  const changed = new Map<number, number>()
  for (const [at, group] of groups) {
    const gap = {
      after: at > 0 ? line[others[at - 1]].ticket : ends.after,
      before: at < others.length ? line[others[at]].ticket : ends.before,
    }
    const tickets = fitInto(
      gap,
      group.map((index) => ticketOf(line[index].tag!)),
    )
    if (!tickets) return spreadAll(others, groups, ends)
    for (const [turn, index] of group.entries()) changed.set(index, tickets[turn])
  }
  return changed
}

/** The retagged jobs that stand where their new tag belongs: they keep their place, also among moved jobs. */
function whoStays(
  line: readonly Tagged[],
  groups: ReadonlyMap<number, number[]>,
  others: readonly number[],
): Set<number> {
  const staying = new Set<number>()
  for (const [at, group] of groups) {
    let ahead = at - 1
    while (ahead >= 0 && line[others[ahead]].tag === null) ahead--
    const before = at < others.length ? line[others[at]].ticket : Number.POSITIVE_INFINITY
    let last = ahead < 0 ? Number.NEGATIVE_INFINITY : line[others[ahead]].ticket
    for (const index of group) {
      const { ticket } = line[index]
      if (!(ticket > last && ticket < before)) continue
      staying.add(index)
      last = ticket
    }
  }
  return staying
}

/** The retagged jobs by the place among the others, from 0, in front of which they go. */
function groupByGap(
  line: readonly Tagged[],
  others: readonly number[],
  retagged: readonly number[],
): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  // From the back: the first of the others with a greater tag, not merely any.
  let at = others.length
  for (const index of retagged.toReversed()) {
    for (let probe = at - 1; probe >= 0; probe--) {
      const { tag } = line[others[probe]]
      if (tag === null) continue
      if (tag <= line[index].tag!) break
      at = probe
    }
    const group = groups.get(at)
    if (group) group.unshift(index)
    else groups.set(at, [index])
  }
  return groups
}

/** The last resort where a gap is full: everybody in the given part gets an evenly spaced ticket. */
function spreadAll(
  others: readonly number[],
  groups: ReadonlyMap<number, number[]>,
  ends: Gap,
): Map<number, number> | null {
  const order = [...others, -1].flatMap((index, at) => [
    ...(groups.get(at) ?? []),
    ...(index < 0 ? [] : [index]),
  ])
  const tickets = spread(ends, order.length)
  return tickets && new Map(order.map((index, turn) => [index, tickets[turn]]))
}
