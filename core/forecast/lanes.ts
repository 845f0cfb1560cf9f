/** A job as the picture of the line needs it. Times are milliseconds of the epoch. */
export interface LaneJob {
  id: string
  engine: string
  /** The slot it runs on; null while it waits. */
  slotId: string | null
  startAt: number
  finishAt: number
}

/** A slot and the engines that it has. */
export interface LaneSlot {
  id: string
  engines: readonly string[]
}

export interface LaneBlock {
  id: string
  startAt: number
  finishAt: number
}

/**
 * Lays jobs onto their slots, one after another: running ones where they run, waiting ones (in the order of the
 * line) where a slot that has their engine is free first. A waiting job's block begins when it is expected to
 * start, though not before the one in front of it ends, and is as long as the job. By slot id.
 */
export function layLanes(slots: readonly LaneSlot[], jobs: readonly LaneJob[]): Map<string, LaneBlock[]> {
  const lanes = new Map(slots.map(({ id }) => [id, [] as LaneBlock[]]))
  const freeAt = (id: string) => lanes.get(id)?.at(-1)?.finishAt ?? 0
  for (const { id, slotId, startAt, finishAt } of jobs)
    if (slotId !== null) lanes.get(slotId)?.push({ id, startAt, finishAt })
  for (const { id, slotId, engine, startAt, finishAt } of jobs) {
    if (slotId !== null) continue
    const able = slots.filter(({ engines }) => engines.includes(engine))
    if (able.length === 0) continue
    const first = able.reduce((best, slot) => (freeAt(slot.id) < freeAt(best.id) ? slot : best))
    const begins = Math.max(startAt, freeAt(first.id))
    lanes.get(first.id)?.push({ id, startAt: begins, finishAt: begins + Math.max(0, finishAt - startAt) })
  }
  return lanes
}
