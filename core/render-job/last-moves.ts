import { db } from '#core/db'
import { namesOf } from '#core/viewer/names'

/** The last time that somebody, or the portal itself, moved a waiting job. */
export interface LastMove {
  at: Date
  /** Null: the portal itself, as when a job has waited for long. */
  actorName: string | null
  reason: string | null
  fromPosition: number | null
  toPosition: number | null
  /** When it was expected to be done, before and after (p50); null where that was not known. */
  before: Date | null
  after: Date | null
}

/** Older moves explain nothing any more. */
const RECENT_MS = 12 * 3_600_000

/** The last move of each of these jobs since it came into the line, by id. */
export async function readLastMoves(jobIds: string[]): Promise<Map<string, LastMove>> {
  if (jobIds.length === 0) return new Map()
  const rows = await db().$queryRaw<{ jobId: string; at: Date; actorId: string | null; data: unknown }[]>`
    SELECT DISTINCT ON (event."jobId") event."jobId"::text AS "jobId", event.at, event."actorId"::text AS "actorId",
      event.data
    FROM "JobEvent" AS event JOIN "RenderJob" AS job ON job.id = event."jobId"
    WHERE event."jobId" = ANY(${jobIds}::uuid[]) AND event.kind = 'moved' AND event.at >= job."queuedAt"
      AND event.at > ${new Date(Date.now() - RECENT_MS)}
    ORDER BY event."jobId", event.id DESC`
  const names = await namesOf(rows.map((row) => row.actorId))
  return new Map(
    rows.map(({ jobId, at, actorId, data }) => [
      jobId,
      { at, actorName: actorId ? (names.get(actorId) ?? null) : null, ...factsOf(data) },
    ]),
  )
}

function factsOf(data: unknown): Omit<LastMove, 'at' | 'actorName'> {
  const { reason, fromPosition, toPosition, finishAt } = (data ?? {}) as {
    reason?: string
    fromPosition?: number
    toPosition?: number
    finishAt?: { before: { p50: string } | null; after: { p50: string } | null }
  }
  const date = (expected?: { p50: string } | null) => (expected ? new Date(expected.p50) : null)
  return {
    reason: reason ?? null,
    fromPosition: fromPosition ?? null,
    toPosition: toPosition ?? null,
    before: date(finishAt?.before),
    after: date(finishAt?.after),
  }
}
