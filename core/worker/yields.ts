/** A slot that is alive, and what runs there. Null engines: all. */
export interface OccupiedSlot {
  id: string
  engines: readonly string[] | null
  job: { id: string; priority: number; urgent: boolean; ending: boolean } | null
}

/**
 * Whether this job shall leave its slot: each urgent job that waits, in their order, gets a free slot that has its engine; where there is
 * none, the slot of the last in line among those that run, urgent ones excepted.
 */
export function yields(jobId: string, urgent: readonly string[], slots: readonly OccupiedSlot[]): boolean {
  const left = [...slots]
  for (const engine of urgent) {
    const able = left.filter((slot) => slot.engines === null || slot.engines.includes(engine))
    const slot = able.find(({ job }) => job === null || job.ending) ?? lowest(able)
    if (!slot) continue
    if (slot.job?.id === jobId && !slot.job.ending) return true
    left.splice(left.indexOf(slot), 1)
  }
  return false
}

const lowest = (slots: readonly OccupiedSlot[]): OccupiedSlot | undefined =>
  slots
    .filter(({ job }) => job && !job.urgent)
    .reduce<OccupiedSlot | undefined>(
      (least, slot) => (least && least.job!.priority <= slot.job!.priority ? least : slot),
      undefined,
    )
