import { db } from '#core/db'
import { ENGINE_NAMES } from '#core/engine/options'
import { type JobForecast, readSnapshot } from '#core/forecast/forecast-data'
import { type LaneBlock, type LaneJob, layLanes } from '#core/forecast/lanes'
import { atLeast, type Viewer } from '#core/viewer/viewer'
import { listWorkers } from '#core/worker/data'
import { readyEngines } from '#core/worker/engines'

/** A job in the picture of the line. `job` is null for other people's, unless an admin looks. */
export interface Block extends LaneBlock {
  running: boolean
  mine: boolean
  ownerName: string | null
  job: { id: string; presenterName: string; batchName: string } | null
}

/** A slot and what it does one after another. */
export interface Lane {
  id: string
  device: string
  blocks: Block[]
}

/** Waiting jobs that the picture shows at most. */
const MAX_JOBS = 40

/** What each slot is expected to do next, as the viewer may see it. Nothing waits in it while the queue is paused. */
export async function readLanes(viewer: Viewer): Promise<Lane[]> {
  const [{ queue, byJob }, workers] = await Promise.all([readSnapshot(), listWorkers()])
  const slots = workers.filter(({ alive, state }) => alive && state !== 'waiting')
  const waiting = queue.line.filter(({ id }) => times(byJob.get(id))).slice(0, MAX_JOBS)
  const ids = [...queue.runningIds.filter((id) => id !== null), ...waiting.map(({ id }) => id)]
  const rows = await readRows(ids)
  const jobs = ids.flatMap((id): LaneJob[] => {
    const [row, expected] = [rows.get(id), times(byJob.get(id))]
    if (!row || !expected) return []
    return [{ id, engine: row.engine, slotId: row.state === 'running' ? row.workerId : null, ...expected }]
  })
  const known = slots.map((slot) => ({ id: slot.id, engines: readyEngines(slot.engines) ?? ENGINE_NAMES }))
  const lanes = layLanes(known, jobs)
  return slots.map(({ id, device }) => ({
    id,
    device,
    blocks: lanes.get(id)!.map((block) => blockOf(block, rows.get(block.id)!, viewer)),
  }))
}

type Row = Awaited<ReturnType<typeof readRows>> extends Map<string, infer One> ? One : never

async function readRows(ids: string[]) {
  const rows = await db().renderJob.findMany({
    where: { id: { in: ids } },
    select: {
      id: true,
      ownerId: true,
      state: true,
      engine: true,
      workerId: true,
      owner: { select: { name: true } },
      presenter: { select: { name: true } },
      batch: { select: { name: true } },
    },
  })
  return new Map(rows.map((row) => [row.id, row]))
}

const times = (forecast: JobForecast | undefined) =>
  forecast && 'finishAt' in forecast
    ? { startAt: forecast.startAt.p50.getTime(), finishAt: forecast.finishAt.p50.getTime() }
    : null

function blockOf(block: LaneBlock, row: Row, viewer: Viewer): Block {
  const mine = row.ownerId === viewer.id
  const visible = mine || atLeast(viewer.role, 'operator')
  return {
    ...block,
    // Other people's ids are none of the viewer's business.
    id: visible ? block.id : `team ${block.startAt}`,
    running: row.state === 'running',
    mine,
    ownerName: visible ? row.owner.name : null,
    job: visible ? { id: row.id, presenterName: row.presenter.name, batchName: row.batch.name } : null,
  }
}
