import { writeAudit } from '#core/audit/mutations'
import { db, transact } from '#core/db'
import { announce } from '#core/events/events'
import { forgiveCodes, forgivePresentPassword } from '#core/user/attempts'
import { hashPassword } from '#core/user/password'
import { isWeakPassword } from '#core/user/password-strength'
import { checkPresentPassword, type PasswordRefusal } from '#core/user/present-password'
import { passwordsAreOff } from '#core/user/provider-settings'
import type { PasswordChange, ProfileChange } from '#core/user/schema'
import { endSessions } from '#core/user/sessions'

/** How somebody wants the portal to be; null where they leave it to the browser. */
export async function readProfile(userId: string) {
  return db().user.findUniqueOrThrow({
    where: { id: userId },
    select: { id: true, email: true, name: true, role: true, locale: true, theme: true, zone: true },
  })
}

/** True where somebody signs in with a password: passwords are on, and they have one. */
export async function usesPassword(userId: string): Promise<boolean> {
  const { passwordHash } = await db().user.findUniqueOrThrow({ where: { id: userId } })
  return passwordHash !== null && !passwordsAreOff()
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

export type PasswordChangeOutcome = { outcome: 'changed' } | { outcome: 'weak_password' } | PasswordRefusal

/** Changes somebody's own password, which ends their other sessions. */
export async function changePassword(
  user: { id: string; sessionId: string },
  { current, password }: PasswordChange,
): Promise<PasswordChangeOutcome> {
  const proven = await checkPresentPassword(user.id, current)
  if (proven.outcome !== 'right') return proven
  await forgivePresentPassword(user.id)
  const row = proven.user
  if (await isWeakPassword(password, row)) return { outcome: 'weak_password' }
  const passwordHash = await hashPassword(password)
  // Whoever guessed at codes with the old one can't go on.
  await forgiveCodes(user.id, null)
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
  return revoke(userId, { id }, userId)
}

/** Ends all of somebody's sessions but the one that asks. */
export async function revokeOtherSessions(user: { id: string; sessionId: string }): Promise<void> {
  await revoke(user.id, { id: { not: user.sessionId } }, user.id)
}

/** Ends another person's sessions, or one of them, for an admin; false when there is none. */
export function revokeSessionsOf(userId: string, actorId: string, id?: string): Promise<boolean> {
  return revoke(userId, { id }, actorId)
}

function revoke(userId: string, which: { id?: string | { not: string } }, actorId: string): Promise<boolean> {
  return transact(async (tx) => {
    const count = await endSessions(tx, userId, which)
    if (count === 0) return false
    await writeAudit(tx, {
      actorId,
      action: actorId === userId ? 'user.sessions' : 'user.signed_out',
      subjectId: userId,
      to: { count },
    })
    return true
  })
}
