export const ENDED_STATES = ['succeeded', 'failed', 'cancelled'] as const
export type EndedState = (typeof ENDED_STATES)[number]

export const isEndedState = (value: string | undefined): value is EndedState =>
  ENDED_STATES.some((state) => state === value)

/** The address of a page of the history. */
export function historyHref(state?: EndedState, before?: string): string {
  const query = new URLSearchParams()
  if (state) query.set('state', state)
  if (before) query.set('before', before)
  return query.size > 0 ? `/history?${query}` : '/history'
}
