import { writeAudit } from '#core/audit/mutations'
import { db, Superseded, type Tx, transact } from '#core/db'
import { hashToken, newToken } from '#core/ids'
import { countMail } from '#core/user/attempts'
import { hashPassword } from '#core/user/password'
import { isWeakPassword } from '#core/user/password-strength'
import type { ResetRequest } from '#core/user/schema'
import { endSessions } from '#core/user/sessions'

const HOUR_MS = 3_600_000
/** A link that an admin hands over, and one that was asked for by mail or in the terminal. */
const HOURS = { admin: 24, asked: 1 }

export interface ResetLink {
  token: string
  expiresAt: Date
}

/** Makes a link with which a user chooses a new password; earlier ones stop working. Null for an unknown user. */
export function createResetLink(userId: string, actorId: string | null): Promise<ResetLink | null> {
  return transact(async (tx) => {
    // One at a time, so that one link works in the end.
    const [user] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM "User" WHERE id = ${userId}::uuid FOR NO KEY UPDATE`
    if (!user) return null
    await tx.passwordReset.deleteMany({ where: { userId } })
    const token = newToken()
    const hours = actorId ? HOURS.admin : HOURS.asked
    const { expiresAt } = await tx.passwordReset.create({
      data: { tokenHash: hashToken(token), userId, expiresAt: new Date(Date.now() + hours * HOUR_MS) },
    })
    await writeAudit(tx, { actorId, action: 'user.reset_link', subjectId: userId })
    return { token, expiresAt }
  })
}

/** For the terminal: a link for whoever has this address, or null. */
export async function createResetLinkFor(email: string): Promise<ResetLink | null> {
  const user = await db().user.findUnique({ where: { email: email.trim().toLowerCase() } })
  return user && createResetLink(user.id, null)
}

/** For a mail: a link for whoever has this address and may sign in. Null also when they got enough mails. */
export async function requestReset(email: string): Promise<(ResetLink & { locale: string | null }) | null> {
  const user = await db().user.findFirst({ where: { email, disabledAt: null } })
  if (!user || !(await countMail(user.id))) return null
  const link = await createResetLink(user.id, null)
  return link && { ...link, locale: user.locale }
}

/** Whose password a link changes, or null when it is unknown, used or too old. */
export async function findReset(token: string): Promise<{ name: string; email: string } | null> {
  const reset = await db().passwordReset.findFirst({
    where: { tokenHash: hashToken(token), expiresAt: { gt: new Date() } },
    select: { user: { select: { name: true, email: true } } },
  })
  return reset?.user ?? null
}

export type ResetOutcome =
  | { outcome: 'reset'; userId: string }
  | { outcome: 'invalid_link' }
  | { outcome: 'weak_password' }

/** Uses a link: a new password, which ends all sessions. Of two uses at once, one counts. */
export async function resetPassword({ token, password }: ResetRequest): Promise<ResetOutcome> {
  const owner = await findReset(token)
  if (!owner) return { outcome: 'invalid_link' }
  if (await isWeakPassword(password, owner)) return { outcome: 'weak_password' }
  const passwordHash = await hashPassword(password)
  return transact<ResetOutcome>(async (tx) => {
    const userId = await useLink(tx, token)
    if (!userId) throw new Superseded<ResetOutcome>({ outcome: 'invalid_link' })
    await tx.user.update({ where: { id: userId }, data: { passwordHash } })
    await tx.passwordReset.deleteMany({ where: { userId } })
    await endSessions(tx, userId)
    await writeAudit(tx, { actorId: userId, action: 'user.reset', subjectId: userId })
    return { outcome: 'reset', userId }
  })
}

async function useLink(tx: Tx, token: string): Promise<string | undefined> {
  const [used] = await tx.$queryRaw<{ userId: string }[]>`
    DELETE FROM "PasswordReset" WHERE "tokenHash" = ${hashToken(token)} AND "expiresAt" > now()
    RETURNING "userId"`
  return used?.userId
}
