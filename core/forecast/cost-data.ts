import { db } from '#core/db'
import { type CostModel, type CostSample, fitCostModel, type RenderTarget } from '#core/forecast/cost-model'

/** Renders that the model is learnt from, of all engines and devices together. */
const LATEST = 1200
/** A model is used for so long before it learns anew. */
const FRESH_MS = 30_000

const shared = globalThis as typeof globalThis & {
  greenroomCostModel?: { at: number; model: Promise<CostModel> }
}

/** What renders cost here, learnt from those that ended well; the process learns anew twice a minute at most. */
export function readCostModel(): Promise<CostModel> {
  const known = shared.greenroomCostModel
  if (known && Date.now() - known.at < FRESH_MS) return known.model
  const model = readSamples().then(fitCostModel)
  shared.greenroomCostModel = { at: Date.now(), model }
  model.catch(forgetCostModel)
  return model
}

/** The next `readCostModel` learns anew. */
export function forgetCostModel(): void {
  shared.greenroomCostModel = undefined
}

/** Where a worker renders, with its machine, so that the pace of two of one kind is told apart. */
export const targetOf = (worker: { host: string; device: string; engine: string }): RenderTarget => ({
  engine: worker.engine,
  device: `${worker.host}/${worker.device}`,
})

/**
 * The latest renders that went through in one turn, oldest first. The analysis counts as cached where an earlier
 * render of the same video had ended before.
 */
async function readSamples(): Promise<CostSample[]> {
  const rows = await db().$queryRaw<(CostSample & { host: string })[]>`
    SELECT worker.host, job.engine, worker.device, job."presenterId"::text AS "presenterId",
      (job."resultWidth" * job."resultHeight")::float8 AS "outputPixels",
      job."resultFrames" AS frames,
      greatest(1, presenter."durationMs" / 1000.0 * coalesce(presenter.fps, 25))::float8 AS "clipFrames",
      EXISTS (
        SELECT FROM "RenderJob" AS earlier
        WHERE earlier."presenterId" = job."presenterId" AND earlier.state = 'succeeded'
          AND earlier."finishedAt" <= job."startedAt"
      ) AS "cachedAnalysis",
      extract(epoch FROM job."finishedAt" - job."startedAt")::float8 AS seconds
    FROM (
      SELECT * FROM "RenderJob"
      WHERE state = 'succeeded' AND attempt = 1 AND losses = 0 AND "finishedAt" > now() - interval '90 days'
        AND abs(coalesce("renderSeconds" - extract(epoch FROM "finishedAt" - "startedAt"), 0)) < 1
      ORDER BY "finishedAt" DESC LIMIT ${LATEST}
    ) AS job
    JOIN "Worker" AS worker ON worker.id = job."workerId"
    JOIN "Asset" AS presenter ON presenter.id = job."presenterId"
    WHERE job."resultFrames" > 0 AND job."resultWidth" > 0 AND job."resultHeight" > 0
    ORDER BY job."finishedAt"`
  return rows.map(({ host, ...row }) => ({ ...row, ...targetOf({ ...row, host }) }))
}
