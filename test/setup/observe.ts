import { vi } from 'vitest'
import { db } from '#core/db'
import { announce, listen, type QueueEvent } from '#core/events/events'
import { reload } from './factories.ts'

/** All that is stored of a job: to say that something changed nothing. */
export async function storedState(jobId: string) {
  const [row, events, entries, workers] = await Promise.all([
    reload(jobId),
    db().jobEvent.findMany({ where: { jobId }, orderBy: { id: 'asc' } }),
    db().$queryRaw`
      SELECT id, state::text, priority, start_after FROM pgboss.job WHERE data->>'jobId' = ${jobId} ORDER BY id`,
    db().worker.findMany({ orderBy: { id: 'asc' } }),
  ])
  return { row, events, entries, workers }
}

/** The kinds of a job's log lines, oldest first. */
export async function logOf(jobId: string): Promise<string[]> {
  const events = await db().jobEvent.findMany({ where: { jobId }, orderBy: { id: 'asc' } })
  return events.map((event) => event.kind)
}

/** The events that are announced while `work` runs, complete and in order. */
export async function heard(databaseUrl: string, work: () => Promise<unknown>): Promise<QueueEvent[]> {
  const seen: QueueEvent[] = []
  const listener = await listen(databaseUrl, (event) => seen.push(event))
  try {
    await work()
    // Notifications keep the order of commits: once this one is here, all are.
    const last = { kind: 'user', userId: 'end of observation' } as const
    await announce(db(), last)
    await vi.waitFor(() => {
      if (!seen.some((event) => event.kind === 'user' && event.userId === last.userId))
        throw new Error('wait')
    })
    return seen.slice(0, -1)
  } finally {
    await listener.close()
  }
}

/** The pg-boss jobs that ever stood for a job: their states, oldest first. */
export async function entriesOf(jobId: string) {
  return db().$queryRaw<{ id: string; state: string; priority: number; start_after: Date }[]>`
    SELECT id, state::text, priority, start_after FROM pgboss.job
    WHERE data->>'jobId' = ${jobId} ORDER BY created_on`
}
