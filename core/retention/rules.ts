import { isDeepStrictEqual } from 'node:util'
import { changedFields } from '#core/audit/changed-fields'
import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { type Retention, retention } from '#core/retention/schema'

export async function readRetention(tx: Tx = db()): Promise<Retention> {
  const control = await tx.queueControl.findUnique({ where: { id: 1 }, select: { retention: true } })
  const parsed = retention.safeParse(control?.retention ?? {})
  return parsed.success ? parsed.data : retention.parse({})
}

/** Changes some of the rules; those left out stay. A worker follows them within the day. */
export function setRetention(
  change: Partial<Retention>,
  actorId: string,
): Promise<{ outcome: 'changed' | 'unchanged'; retention: Retention }> {
  return transact(async (tx) => {
    await tx.$executeRaw`SELECT FROM "QueueControl" WHERE id = 1 FOR UPDATE`
    const before = await readRetention(tx)
    const after = { ...before, ...change }
    if (isDeepStrictEqual(before, after)) return { outcome: 'unchanged', retention: after }
    await tx.queueControl.update({ where: { id: 1 }, data: { retention: after } })
    const [from, to] = changedFields(before, after)
    await writeAudit(tx, { actorId, action: 'storage.retention', from, to })
    await announce(tx, { kind: 'control' })
    return { outcome: 'changed', retention: after }
  })
}
