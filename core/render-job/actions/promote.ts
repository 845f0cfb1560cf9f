import { db, type Tx, transact } from '#core/db'
import { lockLine } from '#core/queue/line'
import { bandAbove } from '#core/queue/ordering'
import { moveTo } from '#core/render-job/actions/move'
import { readRivals } from '#core/worker/engines'

/** Jobs that are promoted in one transaction, while which nobody takes the head of the line. */
const AT_ONCE = 25
/** Transactions in one call, so that a worker's other duties have their turn. */
const ROUNDS = 20

/**
 * Promotes each job by one band that has waited in its band for longer than the queue's aging allows, the oldest
 * first; so nothing waits for ever behind a higher band. Returns how many it promoted.
 */
export async function promoteAged(now: Date = new Date()): Promise<number> {
  let promoted = 0
  for (let round = 0; round < ROUNDS; round++) {
    const before = await agedBefore(db(), now)
    if (!before || (await listAged(db(), before, 1)).length === 0) break
    const count = await transact((tx) => promoteSome(tx, now))
    promoted += count
    if (count < AT_ONCE) break
  }
  return promoted
}

async function promoteSome(tx: Tx, now: Date): Promise<number> {
  const locked = await lockLine(tx, 'exclusive')
  const before = await agedBefore(tx, now)
  if (!before) return 0
  const jobs = await listAged(tx, before, AT_ONCE)
  const rivalsOf = await readRivals(tx)
  for (const { id } of jobs) {
    const job = await tx.renderJob.findUniqueOrThrow({ where: { id } })
    const band = bandAbove(job.band)
    if (band) await moveTo(locked, job, { action: 'job.band', band }, { id: null, reason: 'aging' }, rivalsOf)
  }
  return jobs.length
}

/** What came into its band before this time has aged; null while aging is off. */
async function agedBefore(tx: Tx, now: Date): Promise<Date | null> {
  const control = await tx.queueControl.findUnique({ where: { id: 1 }, select: { agingMinutes: true } })
  return control?.agingMinutes == null ? null : new Date(now.getTime() - control.agingMinutes * 60_000)
}

const listAged = (tx: Tx, before: Date, limit: number) =>
  tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM "RenderJob" AS job WHERE state = 'queued' AND band <> 'urgent' AND "bandSince" < ${before}
      AND NOT EXISTS (SELECT FROM "Batch" WHERE id = job."batchId" AND "pausedAt" IS NOT NULL)
    ORDER BY "bandSince", priority DESC LIMIT ${limit}`
