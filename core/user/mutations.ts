import { writeAudit } from '#core/audit/mutations'
import { db, Superseded, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { hashToken, newToken } from '#core/ids'
import { cancelAll } from '#core/render-job/actions/cancel'
import { hashPassword } from '#core/user/password'
import type { JoinRequest } from '#core/user/schema'
import { Prisma, type User } from '#prisma/client'
import type { Role } from '#prisma/enums'

const SETUP_HOURS = 24
const INVITATION_HOURS = 72

/** One change to who the admins are at a time, so that the portal never ends up with none, or one too many. */
const lockAdmins = (tx: Tx) => tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('greenroom.admins'))`

const countAdmins = (tx: Tx) => tx.user.count({ where: { role: 'admin', disabledAt: null } })

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000)

/** Makes an account directly: for the demo and for tests. Throws when the address is taken. */
export async function createUser(user: {
  email: string
  name: string
  password: string
  role: Role
}): Promise<User> {
  const { email, name, role, password } = user
  return db().user.create({
    data: { email: email.toLowerCase(), name, role, passwordHash: await hashPassword(password) },
  })
}

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

/** A one-time token (valid 72 h) with which someone makes an account of this role. */
export function invite(role: Role, actorId: string): Promise<{ id: string; token: string; expiresAt: Date }> {
  return transact(async (tx) => {
    const token = newToken()
    const { id, expiresAt } = await tx.invitation.create({
      data: { tokenHash: hashToken(token), role, createdById: actorId, expiresAt: inHours(INVITATION_HOURS) },
    })
    await writeAudit(tx, { actorId, action: 'user.invite', subjectId: id, data: { role } })
    return { id, token, expiresAt }
  })
}

export type JoinOutcome =
  | { outcome: 'joined'; user: User }
  | { outcome: 'invalid_link' }
  | { outcome: 'email_taken' }

/**
 * Uses a one-time link to make an account. Of two at once with one link, one gets it; a set-up link ends
 * when there is an admin, however they came.
 */
export async function join(request: JoinRequest): Promise<JoinOutcome> {
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
      const user = await tx.user.create({ data: { email, name, role: invitation.role, passwordHash } })
      await writeAudit(tx, {
        actorId: user.id,
        action: 'user.join',
        subjectId: user.id,
        data: { role: user.role },
      })
      return { outcome: 'joined', user }
    })
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      return { outcome: 'email_taken' }
    throw error
  }
}

export type DisableOutcome = 'disabled' | 'unchanged' | 'not_found' | 'last_admin' | 'yourself'

/**
 * Ends a user's sessions and open invitations, lets them start nothing new and takes their waiting jobs out
 * of the line.
 */
export async function disableUser(
  userId: string,
  actor: { id: string; role: Role },
): Promise<DisableOutcome> {
  if (userId === actor.id) return 'yourself'
  const outcome = await transact<DisableOutcome>(async (tx) => {
    await lockAdmins(tx)
    const user = await tx.user.findUnique({ where: { id: userId } })
    if (!user) return 'not_found'
    if (user.disabledAt) return 'unchanged'
    if (user.role === 'admin' && (await countAdmins(tx)) === 1) return 'last_admin'
    await tx.user.update({
      where: { id: userId },
      data: { disabledAt: new Date(), sessionVersion: { increment: 1 } },
    })
    await tx.invitation.deleteMany({ where: { createdById: userId, usedAt: null } })
    await writeAudit(tx, { actorId: actor.id, action: 'user.disable', subjectId: userId })
    await announce(tx, { kind: 'user', userId })
    return 'disabled'
  })
  // Also when they were disabled before: that time may have been cut off here.
  if (outcome === 'disabled' || outcome === 'unchanged')
    await cancelAll({ ownerId: userId }, actor, { running: false })
  return outcome
}

/** Lets a disabled user sign in again. */
export function enableUser(userId: string, actorId: string): Promise<'enabled' | 'unchanged'> {
  return transact(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: userId, disabledAt: { not: null } },
      data: { disabledAt: null },
    })
    if (count === 0) return 'unchanged'
    await writeAudit(tx, { actorId, action: 'user.enable', subjectId: userId })
    return 'enabled'
  })
}
