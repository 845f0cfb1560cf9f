import { FIRST_TICKET, TICKET_STEP } from '#core/queue/ordering'
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
export const TICKETS_PER_SECOND = 16

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

/**
 * Tickets inside a gap for jobs with these ascending start tags: those that suit them, where these lie in the gap.
 * They need not, as tags that lay close had their tickets spread: then an even spread at the side where they belong.
 * Null when the gap is too narrow.
 */
export function fitTags(gap: Gap, tags: readonly number[]): number[] | null {
  const wishes = tags.map(ticketOf)
  if (wishes.every((wish) => wish > gap.after && wish < gap.before)) return fitInto(gap, wishes)
  const reach = (tags.length + 1) * TICKET_STEP
  return wishes[0] <= gap.after
    ? spread({ ...gap, before: Math.min(gap.before, gap.after + reach) }, tags.length)
    : spread({ ...gap, after: Math.max(gap.after, gap.before - reach) }, tags.length)
}

/** A waiting job of one band: its ticket, its start tag (null where it has none), and whether the tag is new. */
export interface Tagged {
  ticket: number
  tag: number | null
  retagged: boolean
}

/** Tickets by the indices of the jobs that get another one; or a gap that is too narrow for those that go there. */
export type Remerged = { tickets: Map<number, number> } | { full: { gap: Gap; jobs: number[] } }

/**
 * Where jobs go whose start tags have changed: behind all whose tag is not greater, and behind those without a tag
 * that stand among these; who stands right already stays. Takes in order these jobs and, of the others, at least
 * those next to where they stand and to where they go, and the last before that which has a tag. `ends` are the
 * tickets beyond the line.
 */
export function remerge(line: readonly Tagged[], ends: Gap): Remerged {
  const byTag = [...line.keys()]
    .filter((index) => line[index].retagged)
    .sort((a, b) => line[a].tag! - line[b].tag! || line[a].ticket - line[b].ticket)
  const rest = [...line.keys()].filter((index) => !line[index].retagged)
  const staying = whoStays(line, groupByGap(line, rest, byTag), rest)
  const others = [...rest, ...staying].sort((a, b) => line[a].ticket - line[b].ticket)
  const groups = groupByGap(
    line,
    others,
    byTag.filter((index) => !staying.has(index)),
  )
  const changed = new Map<number, number>()
  for (const [at, jobs] of groups) {
    const gap = {
      after: at > 0 ? line[others[at - 1]].ticket : ends.after,
      before: at < others.length ? line[others[at]].ticket : ends.before,
    }
    const tickets = fitTags(
      gap,
      jobs.map((index) => line[index].tag!),
    )
    if (!tickets) return { full: { gap, jobs } }
    for (const [turn, index] of jobs.entries()) changed.set(index, tickets[turn])
  }
  return { tickets: changed }
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
