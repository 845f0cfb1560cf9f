import { writeAudit } from '#core/audit/mutations'
import { db, transact } from '#core/db'
import { announce } from '#core/events/events'
import { countPresentPassword, forgivePresentPassword } from '#core/user/attempts'
import { hashPassword, passwordMatches } from '#core/user/password'
import { isWeakPassword } from '#core/user/password-strength'
import type { PasswordChange, ProfileChange } from '#core/user/schema'
import { endSessions } from '#core/user/sessions'

/** How somebody wants the portal to be; null where they leave it to the browser. */
export async function readProfile(userId: string) {
  return db().user.findUniqueOrThrow({
    where: { id: userId },
    select: { id: true, email: true, name: true, role: true, locale: true, theme: true, zone: true },
  })
}

/** Changes what somebody may say of themselves. */
export function changeProfile(userId: string, change: ProfileChange): Promise<void> {
  return transact(async (tx) => {
    const before = await tx.user.findUniqueOrThrow({ where: { id: userId }, select: { name: true } })
    const { name } = await tx.user.update({ where: { id: userId }, data: change })
    const renamed = { from: before, to: { name } }
    if (before.name !== name)
      await writeAudit(tx, { actorId: userId, action: 'user.name', subjectId: userId, ...renamed })
    await announce(tx, { kind: 'user', userId })
  })
}

export type PasswordChangeOutcome =
  | { outcome: 'changed' }
  | { outcome: 'wrong_password' }
  | { outcome: 'weak_password' }
  | { outcome: 'rate_limited'; seconds: number }

/** Changes somebody's own password, which ends their other sessions. */
export async function changePassword(
  user: { id: string; sessionId: string },
  { current, password }: PasswordChange,
): Promise<PasswordChangeOutcome> {
  const seconds = await countPresentPassword(user.id)
  if (seconds !== null) return { outcome: 'rate_limited', seconds }
  const row = await db().user.findUniqueOrThrow({ where: { id: user.id } })
  if (!(await passwordMatches(row.passwordHash, current))) return { outcome: 'wrong_password' }
  await forgivePresentPassword(user.id)
  if (await isWeakPassword(password, row)) return { outcome: 'weak_password' }
  const passwordHash = await hashPassword(password)
  return transact<PasswordChangeOutcome>(async (tx) => {
    // Of two changes at once, and of a change and a reset, the first one counts.
    const { count } = await tx.user.updateMany({
      where: { id: user.id, passwordHash: row.passwordHash },
      data: { passwordHash },
    })
    if (count === 0) return { outcome: 'wrong_password' }
    await endSessions(tx, user.id, { id: { not: user.sessionId } })
    await writeAudit(tx, { actorId: user.id, action: 'user.password', subjectId: user.id })
    return { outcome: 'changed' }
  })
}

/** Ends one of somebody's own sessions; false when there is none of that id. */
export function revokeSession(userId: string, id: string): Promise<boolean> {
  return revoke(userId, { id })
}

/** Ends all of somebody's sessions but the one that asks. */
export async function revokeOtherSessions(user: { id: string; sessionId: string }): Promise<void> {
  await revoke(user.id, { id: { not: user.sessionId } })
}

function revoke(userId: string, which: { id: string | { not: string } }): Promise<boolean> {
  return transact(async (tx) => {
    const count = await endSessions(tx, userId, which)
    if (count === 0) return false
    await writeAudit(tx, {
      actorId: userId,
      action: 'user.sessions',
      subjectId: userId,
      to: { count },
    })
    return true
  })
}
