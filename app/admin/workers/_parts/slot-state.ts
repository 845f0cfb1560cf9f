interface Slot {
  alive: boolean
  state: string
  drainingAt: Date | null
  stopRequestedAt: Date | null
  currentJobId: string | null
}

/** What a slot's state is called on a page: told a little finer than its row does. */
export function slotState({ alive, state, drainingAt, stopRequestedAt, currentJobId }: Slot): string {
  if (!alive) return 'gone'
  if (drainingAt) return currentJobId === null ? 'drained' : stopRequestedAt ? 'stopping' : 'draining'
  return currentJobId === null ? state : 'busy'
}
