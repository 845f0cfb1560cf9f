import { db, type Tx } from '#core/db'
import { messageOf } from '#core/errors'
import { readCostModel, targetOf } from '#core/forecast/cost-data'
import {
  estimateCost,
  fitCostModel,
  type RenderTarget,
  secondsOf,
  type Workload,
} from '#core/forecast/cost-model'
import { type PresenterSize, workloadOf } from '#core/forecast/workload'

/** GPU seconds that a render by an engine will take. */
export type PredictCost = (work: Workload, engine: string) => number

/**
 * Predicts what renders will take here: the median of the cost model, averaged over the slots that were lately
 * alive. Reads on connections of its own, so call it before a transaction, not in one. Never fails: without a
 * history, or a database to read it from, it knows what the engines took elsewhere.
 */
export async function readPredictor(): Promise<PredictCost> {
  const [model, workers] = await Promise.all([readCostModel(), readWorkers()]).catch((error) => {
    console.error('no cost model could be learnt:', messageOf(error))
    return [fitCostModel([]), []] as const
  })
  const places = workers.length > 0 ? workers.map(targetOf) : [NOWHERE]
  return (work, engine) =>
    places.reduce((sum, { device }) => sum + secondsOf(estimateCost(model, work, { engine, device })), 0) /
    places.length
}

/** What a batch's videos will take, in their order: whoever comes later with the same video finds it analysed. */
export async function workloadsOf(
  tx: Tx,
  speechMs: number,
  presenters: readonly PresenterSize[],
): Promise<Workload[]> {
  const rendered = new Set(await renderedPresenters(tx, [...new Set(presenters.map(({ id }) => id))]))
  return presenters.map((presenter) => {
    const work = workloadOf(presenter, speechMs, rendered.has(presenter.id))
    rendered.add(presenter.id)
    return work
  })
}

/** Which of these videos were rendered before, so that their analysis is likely kept. */
export async function renderedPresenters(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM unnest(${ids}::uuid[]) AS id WHERE EXISTS (
      SELECT FROM "RenderJob" WHERE "presenterId" = id AND state = 'succeeded')`
  return rows.map((row) => row.id)
}

/** What renders would cost is said even before any worker was there: on the machine that runs the portal. */
export const NOWHERE: RenderTarget = { engine: 'mouth', device: 'cpu' }

const readWorkers = () =>
  db().worker.findMany({
    where: { state: { not: 'stopped' }, heartbeatAt: { gt: new Date(Date.now() - 24 * 3_600_000) } },
    distinct: ['host', 'device', 'engine'],
    select: { host: true, device: true, engine: true },
  })
