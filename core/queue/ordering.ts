import { atLeast } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'

/**
 * The order of the queue as one integer. pg-boss fetches by `priority DESC`, a Postgres int4, so the
 * four bands share its 2^32 values: 2^30 tickets each. A smaller ticket goes first within a band.
 */

export const BANDS = ['urgent', 'high', 'normal', 'low'] as const
export type Band = (typeof BANDS)[number]

/** Tickets of one band: 0 to TICKETS - 1. */
export const TICKETS = 2 ** 30

/**
 * Where new lines begin: half of a band's tickets are kept for what is moved to its front. Under fifo the
 * sequence of new tickets starts here; under fair it is virtual time 0.
 */
export const FIRST_TICKET = 2 ** 29

/** Distance of two new tickets under fifo: the room for jobs that are put between them. */
export const TICKET_STEP = 64

/** The priority of the first place of all. */
export const HIGHEST = 2 ** 31 - 1

/** A place in the line. */
export interface Place {
  band: Band
  ticket: number
}

/** (band, ticket) as pg-boss's priority: greater is earlier. Throws a RangeError for a ticket outside [0, 2^30). */
export function toPriority({ band, ticket }: Place): number {
  if (!Number.isInteger(ticket) || ticket < 0 || ticket >= TICKETS)
    throw new RangeError(`ticket ${ticket} is out of range`)
  return HIGHEST - BANDS.indexOf(band) * TICKETS - ticket
}

/** The inverse of `toPriority`. */
export function fromPriority(priority: number): Place {
  const depth = HIGHEST - priority
  const rank = Math.floor(depth / TICKETS)
  if (!Number.isInteger(priority) || rank < 0 || rank >= BANDS.length)
    throw new RangeError(`priority ${priority} is out of range`)
  return { band: BANDS[rank], ticket: depth % TICKETS }
}

/** The next band up, or null for the highest. */
export const bandAbove = (band: Band): Band | null => BANDS[BANDS.indexOf(band) - 1] ?? null

/** Whether somebody may choose this band for their own jobs: members normal or low, admins any. */
export const mayChoose = (role: Role, band: Band): boolean =>
  atLeast(role, 'operator') || band === 'normal' || band === 'low'
