import { z } from 'zod'
import { db, type Tx } from '#core/db'
import { WORKER_SILENT_MS } from '#core/worker/liveness'
import { type RivalsOf, rivalsAmong } from '#core/worker/rivals'

const readiness = z.object({
  name: z.string(),
  version: z.string(),
  ready: z.boolean(),
  /** Why it isn't ready, to translate with `params`, and the same in plain English; null where it is. */
  code: z.string().nullable(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  licence: z.string().nullable(),
})

/** What a slot says of one of its engines. */
export type EngineReadiness = z.infer<typeof readiness>

/** The column Worker.engines, as objects; empty where a worker said nothing. */
export function parseEngines(column: unknown): EngineReadiness[] {
  const parsed = z.array(readiness).safeParse(column)
  return parsed.success ? parsed.data : []
}

/** Names of the engines that are ready; null where a worker said nothing, which counts as all. */
export function readyEngines(column: unknown): string[] | null {
  const engines = parseEngines(column)
  return engines.length === 0 ? null : engines.filter(({ ready }) => ready).map(({ name }) => name)
}

/**
 * Reads who waits for whom, by the slots that take jobs now. Which engines wait is read from one to the next in the
 * index, as DISTINCT would read all that waits.
 */
export async function readRivals(tx: Tx = db()): Promise<RivalsOf> {
  const [{ slots, waiting }] = await tx.$queryRaw<{ slots: unknown[]; waiting: string[] }[]>`
    WITH RECURSIVE waiting (name) AS (
      (SELECT engine FROM "RenderJob" WHERE state = 'queued' ORDER BY engine LIMIT 1)
      UNION ALL
      SELECT (SELECT engine FROM "RenderJob" WHERE state = 'queued' AND engine > name ORDER BY engine LIMIT 1)
      FROM waiting WHERE name IS NOT NULL
    )
    SELECT ARRAY(SELECT name FROM waiting WHERE name IS NOT NULL) AS waiting,
      (SELECT coalesce(jsonb_agg(engines), '[]') FROM "Worker"
        WHERE state IN ('starting', 'ready') AND "drainingAt" IS NULL
          AND "heartbeatAt" > clock_timestamp() - ${WORKER_SILENT_MS}::int * interval '1 ms') AS slots`
  return rivalsAmong(slots.map(readyEngines), waiting)
}
