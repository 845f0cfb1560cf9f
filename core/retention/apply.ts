import { writeAudit } from '#core/audit/mutations'
import { databaseNow } from '#core/clock'
import { Superseded, type Tx, transact } from '#core/db'
import { readRetention } from '#core/retention/rules'
import type { Retention } from '#core/retention/schema'
import { type Purged, purge } from '#core/trash/purge'
import { Prisma } from '#prisma/client'

/** What the rules of retention take, by rule and person. */
export interface RetentionReport {
  results: Purged[]
  uploads: Purged[]
}

const DAY = 24 * 3600 * 1000
/** Jobs and files of one transaction. */
const AT_ONCE = 200
const RETENTION_LOCK = 7_260_414

/**
 * Does what the rules say, once a day, whichever worker comes first; some hundred things in a transaction, each with its
 * line in the audit. A worker that is killed leaves the rest to the next one. Returns what went; null where it was done
 * within the last day, or somebody else is at it.
 */
export async function applyRetention(): Promise<RetentionReport | null> {
  const report: RetentionReport = { results: [], uploads: [] }
  for (;;) {
    const step = await transact(stepIfDue)
    if (step === 'not_due') return report.results.length + report.uploads.length > 0 ? report : null
    report.results.push(...step.results)
    report.uploads.push(...step.uploads)
    if (step.last) return report
  }
}

async function stepIfDue(tx: Tx): Promise<(RetentionReport & { last: boolean }) | 'not_due'> {
  const [{ mine }] = await tx.$queryRaw<{ mine: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(${RETENTION_LOCK}) AS mine`
  if (!mine) return 'not_due'
  const [due] = await tx.$queryRaw<object[]>`
    SELECT id FROM "QueueControl" WHERE id = 1 AND ("retainedAt" IS NULL OR "retainedAt" < now() - interval '1 day')`
  if (!due) return 'not_due'
  const step = await takeSome(tx, await readRetention(tx), await databaseNow(tx))
  const went = totals([...step.results, ...step.uploads])
  if (went.jobs + went.files > 0) await writeAudit(tx, { actorId: null, action: 'storage.clean', to: went })
  const last = went.jobs + went.files === 0
  if (last) await tx.$executeRaw`UPDATE "QueueControl" SET "retainedAt" = now() WHERE id = 1`
  return { ...step, last }
}

/**
 * What rules would take if they were followed now. It is what following them does, taken back at its end, so that it
 * can't differ.
 */
export function previewRetention(rules: Retention): Promise<RetentionReport> {
  return transact<RetentionReport>(
    async (tx) => {
      const report: RetentionReport = { results: [], uploads: [] }
      const now = await databaseNow(tx)
      for (;;) {
        const step = await takeSome(tx, rules, now)
        if (step.results.length + step.uploads.length === 0) break
        report.results.push(...step.results)
        report.uploads.push(...step.uploads)
      }
      throw new Superseded({ results: merged(report.results), uploads: merged(report.uploads) })
    },
    { maxWait: 10_000, timeout: 120_000 },
  )
}

async function takeSome(
  tx: Tx,
  { resultsDays, uploadsDays }: Retention,
  now: Date,
): Promise<RetentionReport> {
  const before = (days: number) => new Date(now.getTime() - days * DAY)
  return {
    results: resultsDays === null ? [] : await takeResults(tx, before(resultsDays)),
    uploads: uploadsDays === null ? [] : await takeUploads(tx, before(uploadsDays)),
  }
}

/** Jobs that ended before a time, of batches of which nothing waits or runs. */
async function takeResults(tx: Tx, before: Date): Promise<Purged[]> {
  const ended = Prisma.sql`"finishedAt" < ${before}`
  const jobs = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM "RenderJob" job
    WHERE state IN ('succeeded', 'failed', 'cancelled') AND ${ended} AND NOT EXISTS (
      SELECT FROM "RenderJob" other WHERE other."batchId" = job."batchId" AND other.state IN ('queued', 'running'))
    LIMIT ${AT_ONCE}`
  return purge(tx, { jobIds: jobs.map(({ id }) => id) }, { jobs: ended })
}

/** Files that nothing uses, last sent before a time. */
async function takeUploads(tx: Tx, before: Date): Promise<Purged[]> {
  const unused = { speechOf: { none: {} }, presenterOf: { none: {} } }
  const assets = await tx.asset.findMany({
    where: { uploadedAt: { lt: before }, ...unused },
    select: { id: true },
    take: AT_ONCE,
  })
  const assetIds = assets.map(({ id }) => id)
  return purge(tx, { assetIds }, { assets: Prisma.sql`"uploadedAt" < ${before}` })
}

/** One line a person. */
const merged = (purged: readonly Purged[]): Purged[] =>
  [...Map.groupBy(purged, ({ ownerId }) => ownerId)].map(([ownerId, all]) => ({ ownerId, ...totals(all) }))

/** What went in all. */
const totals = (purged: readonly Purged[]) =>
  purged.reduce(
    (sum, { jobs, files, bytes }) => ({
      jobs: sum.jobs + jobs,
      files: sum.files + files,
      bytes: sum.bytes + bytes,
    }),
    { jobs: 0, files: 0, bytes: 0 },
  )
