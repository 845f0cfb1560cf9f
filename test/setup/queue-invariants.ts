import { expect } from 'vitest'
import { db } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import { toPriority } from '#core/queue/ordering'

type BossRow = { id: string; jobId: string; state: string; priority: number; start_after: Date }

/**
 * Rows and pg-boss must tell one story: a queued row has exactly one waiting pg-boss job, the one it names,
 * at the same place; a running row's is active; an ended row has none that waits or runs.
 */
export async function expectSoundQueue(): Promise<void> {
  const rows = await db().renderJob.findMany()
  const entries = await db().$queryRaw<BossRow[]>`
    SELECT id, data->>'jobId' AS "jobId", state::text, priority, start_after
    FROM pgboss.job WHERE name = ${RENDER_QUEUE}`
  const open = Map.groupBy(
    entries.filter((entry) => ['created', 'retry', 'active'].includes(entry.state)),
    (entry) => entry.jobId,
  )
  const queued = rows.filter((row) => row.state === 'queued')
  for (const row of rows) {
    const where = `job ${row.id} (${row.state})`
    const mine = open.get(row.id) ?? []
    expect(row.priority, where).toBe(toPriority(row))
    switch (row.state) {
      case 'queued':
        expect(mine, where).toMatchObject([{ id: row.bossJobId, priority: row.priority }])
        expect(['created', 'retry'], where).toContain(mine[0].state)
        expect(row, where).toMatchObject({
          claimToken: null,
          workerId: null,
          heartbeatAt: null,
          startedAt: null,
          finishedAt: null,
          cancelRequestedAt: null,
          deletedAt: null,
        })
        if (row.notBefore) expect(mine[0].start_after, where).toEqual(row.notBefore)
        break
      case 'running':
        expect(mine, where).toMatchObject([{ id: row.bossJobId, state: 'active' }])
        expect(row.claimToken, where).not.toBeNull()
        expect(row.workerId, where).not.toBeNull()
        expect(row.startedAt, where).not.toBeNull()
        break
      default:
        expect(mine, where).toEqual([])
        expect(row.claimToken, where).toBeNull()
        expect(row.finishedAt, where).not.toBeNull()
    }
  }
  const known = new Set(rows.map((row) => row.id))
  expect(
    [...open.keys()].filter((id) => !known.has(id)),
    'pg-boss jobs without a row',
  ).toEqual([])
  expect(new Set(queued.map((row) => row.priority)).size, 'two jobs at one place').toBe(queued.length)
  const runningIds = new Set(rows.filter((row) => row.state === 'running').map((row) => row.id))
  const workers = await db().worker.findMany({ where: { currentJobId: { not: null } } })
  for (const worker of workers) expect(runningIds, `worker ${worker.id}`).toContain(worker.currentJobId)
}
