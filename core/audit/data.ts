import { db } from '#core/db'

/** The newest audit entries with their actors' names, newest first. */
export async function listAudit({ limit = 100, before }: { limit?: number; before?: bigint } = {}) {
  const entries = await db().auditEntry.findMany({
    where: before === undefined ? {} : { id: { lt: before } },
    orderBy: { id: 'desc' },
    take: limit,
  })
  const actorIds = [...new Set(entries.flatMap((entry) => entry.actorId ?? []))]
  const actors = await db().user.findMany({
    where: { id: { in: actorIds } },
    select: { id: true, name: true },
  })
  const names = new Map(actors.map((actor) => [actor.id, actor.name]))
  return entries.map((entry) => ({
    ...entry,
    actorName: entry.actorId ? (names.get(entry.actorId) ?? null) : null,
  }))
}
