import type { Tx } from '#core/db'
import { announce } from '#core/events/events'
import { ENDED_STATES } from '#core/render-job/state'
import { noteRemovals } from '#core/trash/removals'
import { Prisma } from '#prisma/client'

/** What is to go for good; of a batch all its jobs, and it itself where none is left. */
export interface Doomed {
  batchIds?: readonly string[]
  jobIds?: readonly string[]
  assetIds?: readonly string[]
}

/** What must still be true of each when it is locked, in SQL; by default nothing. */
export interface Still {
  jobs?: Prisma.Sql
  assets?: Prisma.Sql
}

/** What of somebody's went. */
export interface Purged {
  ownerId: string
  jobs: number
  files: number
  bytes: number
}

interface Job {
  id: string
  batchId: string
  ownerId: string
  presenterId: string
  bytes: bigint | null
}
interface Batch {
  id: string
  speechId: string
  createdAt: Date
}
interface File {
  id: string
  ownerId: string
  bytes: bigint
}

/**
 * Deletes jobs, batches and files for good. This is the one place that decides what else goes with them, and what is
 * still used: a job goes only once it has ended, a batch with its last job, a speech or a video with the last job or
 * batch that it is in. What it deletes is noted for the worker in the same transaction (removals.ts); checkpoints and
 * cached analyses without a row are found by the worker itself. Rows are locked in the order batches, jobs, assets.
 */
export async function purge(tx: Tx, doomed: Doomed, still: Still = {}): Promise<Purged[]> {
  const { batchIds = [], jobIds = [], assetIds = [] } = doomed
  const batches = await tx.$queryRaw<Batch[]>`
    SELECT id::text, "speechId"::text, "createdAt" FROM "Batch"
    WHERE id = ANY(${batchIds}::uuid[]) OR id IN (SELECT "batchId" FROM "RenderJob" WHERE id = ANY(${jobIds}::uuid[]))
    ORDER BY id FOR UPDATE`
  const jobs = await tx.$queryRaw<Job[]>`
    DELETE FROM "RenderJob" WHERE ("batchId" = ANY(${batchIds}::uuid[]) OR id = ANY(${jobIds}::uuid[]))
      AND state = ANY(${[...ENDED_STATES]}::"JobState"[]) AND ${still.jobs ?? Prisma.sql`TRUE`}
    RETURNING id::text, "batchId"::text, "ownerId"::text, "presenterId"::text, "resultBytes" AS bytes`
  const emptied = await tx.$queryRaw<{ id: string }[]>`
    DELETE FROM "Batch" WHERE id = ANY(${batches.map(({ id }) => id)}::uuid[])
      AND NOT EXISTS (SELECT FROM "RenderJob" WHERE "batchId" = "Batch".id)
    RETURNING id::text`
  const gone = new Set(emptied.map(({ id }) => id))
  const files = await purgeAssets(tx, usesThatEnded(batches, jobs, gone), assetIds, still.assets)
  await noteRemovals(tx, { jobs: jobs.map(({ id }) => id), assets: files.map(({ id }) => id) })
  for (const [job] of Map.groupBy(jobs, ({ batchId }) => batchId).values())
    await announce(tx, { kind: 'changed', ownerId: job.ownerId, batchId: job.batchId })
  return byOwner(jobs, files)
}

/** The speeches and videos of what went, each with the time of the newest batch that used it. */
function usesThatEnded(batches: readonly Batch[], jobs: readonly Job[], gone: Set<string>) {
  const uses = new Map<string, Date>()
  const end = (assetId: string, at: Date) => {
    const known = uses.get(assetId)
    if (!known || known < at) uses.set(assetId, at)
  }
  const createdAt = new Map(batches.map((batch) => [batch.id, batch.createdAt]))
  for (const { presenterId, batchId } of jobs) end(presenterId, createdAt.get(batchId)!)
  for (const batch of batches) if (gone.has(batch.id)) end(batch.speechId, batch.createdAt)
  return uses
}

/**
 * Of the files whose uses ended, and of those named, deletes what nobody uses. One that was sent again after its last
 * use, within the last day, is about to be used: it stays, and the rule for unused uploads finds it later.
 */
async function purgeAssets(
  tx: Tx,
  ended: Map<string, Date>,
  named: readonly string[],
  still = Prisma.sql`TRUE`,
): Promise<File[]> {
  const ids = [...new Set([...ended.keys(), ...named])]
  if (ids.length === 0) return []
  // Whoever puts one of them into a batch at this moment has it locked; what it wrote is seen below.
  await tx.$queryRaw`SELECT FROM "Asset" WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR UPDATE`
  return tx.$queryRaw<File[]>`
    DELETE FROM "Asset"
    WHERE NOT EXISTS (SELECT FROM "RenderJob" WHERE "presenterId" = "Asset".id)
      AND NOT EXISTS (SELECT FROM "Batch" WHERE "speechId" = "Asset".id)
      AND ((id = ANY(${named}::uuid[]) AND ${still})
        OR EXISTS (
          SELECT FROM unnest(${[...ended.keys()]}::uuid[], ${[...ended.values()]}::timestamptz[]) AS used(id, at)
          WHERE used.id = "Asset".id AND ("uploadedAt" <= used.at OR "uploadedAt" < now() - interval '1 day')))
    RETURNING id::text, "ownerId"::text, bytes`
}

function byOwner(jobs: readonly Job[], files: readonly File[]): Purged[] {
  const owners = new Map<string, Purged>()
  const of = (ownerId: string) => {
    const known = owners.get(ownerId) ?? { ownerId, jobs: 0, files: 0, bytes: 0 }
    owners.set(ownerId, known)
    return known
  }
  for (const { ownerId, bytes } of jobs) {
    of(ownerId).jobs += 1
    of(ownerId).bytes += Number(bytes ?? 0)
  }
  for (const { ownerId, bytes } of files) {
    of(ownerId).files += 1
    of(ownerId).bytes += Number(bytes)
  }
  return [...owners.values()]
}
