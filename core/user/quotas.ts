import { isDeepStrictEqual } from 'node:util'
import { changedFields } from '#core/audit/changed-fields'
import { writeAudit } from '#core/audit/mutations'
import { transact } from '#core/db'
import { announce } from '#core/events/events'
import { quotasOf, type UserQuotas } from '#core/limits/schema'

export type QuotasOutcome = 'changed' | 'unchanged' | 'not_found'

/** Sets what of the limits is another for a user; what is left out is as for everybody. */
export function setQuotas(userId: string, quotas: UserQuotas, actorId: string): Promise<QuotasOutcome> {
  return transact<QuotasOutcome>(async (tx) => {
    const [user] = await tx.$queryRaw<{ quotas: unknown }[]>`
      SELECT quotas FROM "User" WHERE id = ${userId}::uuid FOR NO KEY UPDATE`
    if (!user) return 'not_found'
    const before = quotasOf(user.quotas)
    if (isDeepStrictEqual(before, quotas)) return 'unchanged'
    await tx.user.update({ where: { id: userId }, data: { quotas } })
    const [from, to] = changedFields(before, quotas)
    await writeAudit(tx, { actorId, action: 'user.quotas', subjectId: userId, from, to })
    await announce(tx, { kind: 'user', userId })
    return 'changed'
  })
}
