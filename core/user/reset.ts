import { writeAudit } from '#core/audit/mutations'
import { db, Superseded, type Tx, transact } from '#core/db'
import { hashToken, newToken } from '#core/ids'
import { countMail, forgiveCodes } from '#core/user/attempts'
import { hashPassword } from '#core/user/password'
import { isWeakPassword } from '#core/user/password-strength'
import { passwordsAreOff } from '#core/user/provider-settings'
import type { ResetRequest } from '#core/user/schema'
import { endSessions } from '#core/user/sessions'

const HOUR_MS = 3_600_000
/** A link that an admin hands over, and one that was asked for by mail or in the terminal. */
const HOURS = { admin: 24, asked: 1 }
/** A password that was set with the terminal's link works for so long where passwords are switched off. */
const RESCUE_MS = HOUR_MS

export interface ResetLink {
  token: string
  expiresAt: Date
}

/** Makes a link with which a user chooses a new password; earlier ones stop working. Null for an unknown user. */
export function createResetLink(
  userId: string,
  actorId: string | null,
  { rescue = false } = {},
): Promise<ResetLink | null> {
  return transact(async (tx) => {
    // One at a time, so that one link works in the end.
    const [user] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM "User" WHERE id = ${userId}::uuid FOR NO KEY UPDATE`
    if (!user) return null
    await tx.passwordReset.deleteMany({ where: { userId } })
    const token = newToken()
    const hours = actorId ? HOURS.admin : HOURS.asked
    const { expiresAt } = await tx.passwordReset.create({
      data: {
        ...{ tokenHash: hashToken(token), userId, rescue },
        expiresAt: new Date(Date.now() + hours * HOUR_MS),
      },
    })
    await writeAudit(tx, { actorId, action: 'user.reset_link', subjectId: userId })
    return { token, expiresAt }
  })
}

/** For the terminal: a link for whoever has this address, or null. Its password works for an hour in any case. */
export async function createResetLinkFor(email: string): Promise<ResetLink | null> {
  const user = await db().user.findUnique({ where: { email: email.trim().toLowerCase() } })
  return user && createResetLink(user.id, null, { rescue: true })
}

/**
 * For a mail: a link for whoever has this address and signs in with a password. Null also when they got enough mails, and
 * for those who only come in through the provider, which must be able to shut them out.
 */
export async function requestReset(email: string): Promise<(ResetLink & { locale: string | null }) | null> {
  if (passwordsAreOff()) return null
  const user = await db().user.findFirst({ where: { email, disabledAt: null, passwordHash: { not: null } } })
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

/** Uses a link: a new password, which ends all sessions; a second factor stays. Of two uses at once, one counts. */
export async function resetPassword({ token, password }: ResetRequest): Promise<ResetOutcome> {
  const owner = await findReset(token)
  if (!owner) return { outcome: 'invalid_link' }
  if (await isWeakPassword(password, owner)) return { outcome: 'weak_password' }
  const passwordHash = await hashPassword(password)
  const result = await transact<ResetOutcome>(async (tx) => {
    const link = await takeLink(tx, token)
    if (!link) throw new Superseded<ResetOutcome>({ outcome: 'invalid_link' })
    const { userId, rescue } = link
    const rescueUntil = rescue ? new Date(Date.now() + RESCUE_MS) : null
    await tx.user.update({ where: { id: userId }, data: { passwordHash, rescueUntil } })
    await tx.passwordReset.deleteMany({ where: { userId } })
    await endSessions(tx, userId)
    await writeAudit(tx, { actorId: userId, action: 'user.reset', subjectId: userId })
    return { outcome: 'reset', userId }
  })
  // Whoever guessed at codes with the old one can't go on.
  if (result.outcome === 'reset') await forgiveCodes(result.userId, null)
  return result
}

async function takeLink(tx: Tx, token: string): Promise<{ userId: string; rescue: boolean } | undefined> {
  const [taken] = await tx.$queryRaw<{ userId: string; rescue: boolean }[]>`
    DELETE FROM "PasswordReset" WHERE "tokenHash" = ${hashToken(token)} AND "expiresAt" > now()
    RETURNING "userId", rescue`
  return taken
}
