import { writeAudit } from '#core/audit/mutations'
import { Superseded, transact } from '#core/db'
import { hashToken, newToken } from '#core/ids'
import { countAdmins, lockAdmins } from '#core/user/admins'
import { hashPassword } from '#core/user/password'
import { isWeakPassword } from '#core/user/password-strength'
import type { InviteRequest, JoinRequest } from '#core/user/schema'
import { type Invitation, Prisma, type User } from '#prisma/client'

const SETUP_HOURS = 24
const INVITATION_HOURS = 72

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000)

/**
 * A fresh token for the first-run set-up link (valid 24 h); earlier ones stop working.
 * Null once there is an admin.
 */
export function createSetupToken(): Promise<string | null> {
  return transact(async (tx) => {
    await lockAdmins(tx)
    if ((await countAdmins(tx)) > 0) return null
    await tx.invitation.deleteMany({ where: { createdById: null, usedAt: null } })
    const token = newToken()
    await tx.invitation.create({
      data: { tokenHash: hashToken(token), role: 'admin', expiresAt: inHours(SETUP_HOURS) },
    })
    return token
  })
}

export type InviteOutcome =
  | { outcome: 'invited'; id: string; token: string; expiresAt: Date }
  | { outcome: 'email_taken' }

/** A one-time token (valid 72 h) with which someone makes an account of this role; with an address, only theirs. */
export function invite(request: InviteRequest, actorId: string): Promise<InviteOutcome> {
  const { role, email = null, name = null } = request
  return transact<InviteOutcome>(async (tx) => {
    if (email && (await tx.user.count({ where: { email } })) > 0) return { outcome: 'email_taken' }
    const token = newToken()
    const { id, expiresAt } = await tx.invitation.create({
      data: {
        ...{ tokenHash: hashToken(token), role, email, name, createdById: actorId },
        expiresAt: inHours(INVITATION_HOURS),
      },
    })
    await writeAudit(tx, { actorId, action: 'user.invite', subjectId: id, to: { role, email, name } })
    return { outcome: 'invited', id, token, expiresAt }
  })
}

/** Takes an open invitation back; false when it was used, withdrawn or never made. */
export function withdrawInvitation(id: string, actorId: string): Promise<boolean> {
  return transact(async (tx) => {
    const [from] = await tx.$queryRaw<Pick<Invitation, 'role' | 'email' | 'name'>[]>`
      DELETE FROM "Invitation" WHERE id = ${id}::uuid AND "usedAt" IS NULL AND "createdById" IS NOT NULL
      RETURNING role, email, name`
    if (!from) return false
    const subjectName = from.name ?? from.email ?? undefined
    await writeAudit(tx, { actorId, action: 'user.withdraw', subjectId: id, subjectName, from })
    return true
  })
}

export type JoinOutcome =
  | { outcome: 'joined'; user: User }
  | { outcome: 'invalid_link' }
  | { outcome: 'email_taken' }
  | { outcome: 'wrong_email' }
  | { outcome: 'weak_password' }

/**
 * Uses a one-time link to make an account. Of two at once with one link, one gets it; a set-up link ends
 * when there is an admin, however they came.
 */
export async function join(request: JoinRequest): Promise<JoinOutcome> {
  if (await isWeakPassword(request.password, request)) return { outcome: 'weak_password' }
  const passwordHash = await hashPassword(request.password)
  try {
    return await transact<JoinOutcome>(async (tx) => {
      await lockAdmins(tx)
      const [invitation] = await tx.invitation.updateManyAndReturn({
        where: { tokenHash: hashToken(request.token), usedAt: null, expiresAt: { gt: new Date() } },
        data: { usedAt: new Date() },
      })
      const late = invitation?.createdById === null && (await countAdmins(tx)) > 0
      if (!invitation || late) throw new Superseded<JoinOutcome>({ outcome: 'invalid_link' })
      const { email, name } = request
      if (invitation.email && invitation.email !== email)
        throw new Superseded<JoinOutcome>({ outcome: 'wrong_email' })
      const user = await tx.user.create({ data: { email, name, role: invitation.role, passwordHash } })
      await writeAudit(tx, {
        actorId: user.id,
        action: 'user.join',
        subjectId: user.id,
        to: { role: user.role },
      })
      return { outcome: 'joined', user }
    })
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      return { outcome: 'email_taken' }
    throw error
  }
}
