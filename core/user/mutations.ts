import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { cancelAll } from '#core/render-job/actions/cancel'
import { countAdmins, lockAdmins } from '#core/user/admins'
import { hashPassword } from '#core/user/password'
import { endSessions } from '#core/user/sessions'
import type { User } from '#prisma/client'
import type { Role } from '#prisma/enums'

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
    if (await isLastAdmin(tx, user)) return 'last_admin'
    await tx.user.update({
      where: { id: userId },
      data: { disabledAt: new Date() },
    })
    await endSessions(tx, userId)
    await tx.invitation.deleteMany({ where: { createdById: userId, usedAt: null } })
    await writeAudit(tx, { actorId: actor.id, action: 'user.disable', subjectId: userId })
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

export type RoleOutcome = 'changed' | 'unchanged' | 'not_found' | 'last_admin' | 'yourself'

/** Gives a user another role. Their sessions end, so that no open page goes on as what they were. */
export async function changeRole(userId: string, role: Role, actorId: string): Promise<RoleOutcome> {
  if (userId === actorId) return 'yourself'
  return transact<RoleOutcome>(async (tx) => {
    await lockAdmins(tx)
    const user = await tx.user.findUnique({ where: { id: userId } })
    if (!user) return 'not_found'
    if (user.role === role) return 'unchanged'
    return giveRole(tx, user, role, { actorId, action: 'user.role' })
  })
}

/** The same in the transaction of whoever holds `lockAdmins`, for a user whose role is another one. */
export async function giveRole(
  tx: Tx,
  user: User,
  role: Role,
  by: { actorId: string | null; action: 'user.role' | 'user.role_by_provider' },
): Promise<'changed' | 'last_admin'> {
  if (await isLastAdmin(tx, user)) return 'last_admin'
  await tx.user.update({ where: { id: user.id }, data: { role } })
  // Whoever may no longer invite has no open invitations either.
  await tx.invitation.deleteMany({ where: { createdById: user.id, usedAt: null } })
  await endSessions(tx, user.id)
  await writeAudit(tx, { ...by, subjectId: user.id, from: { role: user.role }, to: { role } })
  return 'changed'
}

const isLastAdmin = async (tx: Tx, user: User) =>
  user.role === 'admin' && !user.disabledAt && (await countAdmins(tx)) === 1
