import { db } from '#core/db'

/** The names of these users, by id; for lines that say who did something. */
export async function namesOf(ids: (string | null)[]): Promise<Map<string, string>> {
  const known = [...new Set(ids)].filter((id) => id !== null)
  const users = await db().user.findMany({ where: { id: { in: known } }, select: { id: true, name: true } })
  return new Map(users.map((user) => [user.id, user.name]))
}
