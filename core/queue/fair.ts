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
