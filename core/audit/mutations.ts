import type { Tx } from '#core/db'
import type { Prisma } from '#prisma/client'

export type AuditAction =
  | 'queue.pause'
  | 'queue.resume'
  | 'queue.policy'
  | 'queue.aging'
  | 'queue.limits'
  | 'queue.preemption'
  | 'queue.bulk'
  | 'worker.drain'
  | 'worker.undrain'
  | 'worker.stop'
  | 'batch.pause'
  | 'batch.resume'
  | 'job.cancel'
  | 'job.resubmit'
  | 'job.band'
  | 'job.front'
  | 'job.before'
  | 'job.after'
  | 'user.invite'
  | 'user.join'
  | 'user.disable'
  | 'user.enable'
  | 'user.weight'
  | 'user.sign_in'
  | 'user.sign_in_failed'
  | 'user.sign_in_limited'
  | 'user.sign_out'
  | 'user.sessions'
  | 'user.password'
  | 'user.reset_link'
  | 'user.reset'
  | 'user.role'
  | 'user.delete'
  | 'user.withdraw'

interface Entry {
  actorId: string | null
  action: AuditAction
  subjectId?: string
  data?: Prisma.InputJsonObject
}

/** Writes who did what, in the transaction that does it. */
export async function writeAudit(tx: Tx, entry: Entry): Promise<void> {
  await tx.auditEntry.create({ data: auditEntry(entry) })
}

/** The row of an entry, for those who write many at once. */
export const auditEntry = ({ actorId, action, subjectId, data }: Entry) => ({
  actorId,
  action,
  subject: action.split('.')[0],
  subjectId,
  data: data ?? {},
})
