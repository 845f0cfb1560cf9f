import { writeAudit } from '#core/audit/mutations'
import { transact } from '#core/db'
import { announce } from '#core/events/events'
import { lockLine, readPolicy } from '#core/queue/line'
import { reweigh } from '#core/queue/shares'

export type WeightOutcome = 'changed' | 'unchanged' | 'not_found'

/** Sets a user's share of the GPUs under policy fair: with weight 2 it is twice that of weight 1. */
export function setWeight(userId: string, weight: number, actorId: string): Promise<WeightOutcome> {
  return transact<WeightOutcome>(async (tx) => {
    // The row first, as everybody does who then locks the line.
    const [user] = await tx.$queryRaw<{ weight: number }[]>`
      SELECT weight FROM "User" WHERE id = ${userId}::uuid FOR NO KEY UPDATE`
    if (!user) return 'not_found'
    if (user.weight === weight) return 'unchanged'
    const locked = await lockLine(tx, 'exclusive')
    if ((await readPolicy(tx)) === 'fair') await reweigh(locked, userId, user.weight, weight)
    await tx.user.update({ where: { id: userId }, data: { weight } })
    const change = { from: { weight: user.weight }, to: { weight } }
    await writeAudit(tx, { actorId, action: 'user.weight', subjectId: userId, ...change })
    await announce(tx, { kind: 'control' })
    return 'changed'
  })
}
