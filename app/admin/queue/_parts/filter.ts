import { firstOf } from '#app/_components/search-param'
import { ENGINE_NAMES, type EngineName } from '#core/engine/options'
import type { Band } from '#core/queue/ordering'
import { BANDS } from './bands.ts'

type State = 'queued' | 'running' | 'failed' | 'cancelled'

/** Which jobs the table shows: what the address says. */
export interface JobFilter {
  states: State[]
  ownerId?: string
  batchId?: string
  band?: Band
  engine?: EngineName
}

export const FILTER_STATES = ['queued', 'running', 'failed', 'cancelled'] as const
export const OPEN: State[] = ['queued', 'running']

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const oneOf = <Value extends string>(all: readonly Value[], value: string | undefined) =>
  all.find((each) => each === value)
const idOf = (value: string | undefined) => (value && UUID.test(value) ? value : undefined)

/** The filter of an address; what it does not know is left out. */
export function filterOf(query: Record<string, string | string[] | undefined>): JobFilter {
  const state = oneOf(FILTER_STATES, firstOf(query.state))
  return {
    states: state ? [state] : OPEN,
    ownerId: idOf(firstOf(query.owner)),
    batchId: idOf(firstOf(query.batch)),
    band: oneOf(BANDS, firstOf(query.band)),
    engine: oneOf(ENGINE_NAMES, firstOf(query.engine)),
  }
}

/** The address of a filter. */
export function filterHref({ states, ownerId, batchId, band, engine }: JobFilter, show?: number): string {
  const query = new URLSearchParams()
  if (states.length === 1) query.set('state', states[0])
  if (ownerId) query.set('owner', ownerId)
  if (batchId) query.set('batch', batchId)
  if (band) query.set('band', band)
  if (engine) query.set('engine', engine)
  if (show) query.set('show', String(show))
  return query.size > 0 ? `/admin/queue?${query}` : '/admin/queue'
}

export const isFiltered = ({ states, ...rest }: JobFilter): boolean =>
  states.length === 1 || Object.values(rest).some((value) => value !== undefined)
