import { db } from '#core/db'
import { hashToken } from '#core/ids'
import { passwordMatches } from '#core/user/password'

const PUBLIC = {
  id: true,
  email: true,
  name: true,
  role: true,
  sessionVersion: true,
  disabledAt: true,
  createdAt: true,
  weight: true,
} as const

/** The user behind a session, or null when it has ended: unknown, disabled or of an older session version. */
export async function findSessionUser(id: string, sessionVersion: number) {
  return db().user.findFirst({ where: { id, sessionVersion, disabledAt: null }, select: PUBLIC })
}

/** The user with this address and password, or null; takes equally long for both reasons. */
export async function findUserByPassword(email: string, password: string) {
  const user = await db().user.findUnique({ where: { email: email.trim().toLowerCase() } })
  const matches = await passwordMatches(user?.passwordHash ?? null, password)
  return user && matches && !user.disabledAt ? user : null
}

/** All users, with how many jobs each has waiting or running. */
export async function listUsers() {
  const users = await db().user.findMany({ orderBy: { createdAt: 'asc' }, select: PUBLIC })
  const open = await db().renderJob.groupBy({
    by: ['ownerId'],
    where: { state: { in: ['queued', 'running'] } },
    _count: { _all: true },
  })
  const counts = new Map(open.map((row) => [row.ownerId, row._count._all]))
  return users.map(({ sessionVersion: _, ...user }) => ({ ...user, openJobs: counts.get(user.id) ?? 0 }))
}

/** A user by id, disabled or not, or null. */
export async function findUser(id: string) {
  return db().user.findUnique({ where: { id }, select: PUBLIC })
}

/** Invitations that can still be used, without their secret. */
export async function listOpenInvitations() {
  return db().invitation.findMany({
    where: { usedAt: null, expiresAt: { gt: new Date() }, createdById: { not: null } },
    orderBy: { createdAt: 'desc' },
    select: { id: true, role: true, createdAt: true, expiresAt: true, createdBy: { select: { name: true } } },
  })
}

/**
 * The open invitation that a link's token belongs to, or null when it is unknown, used or too old; a set-up
 * link ends when there is an admin.
 */
export async function findInvitation(token: string) {
  const invitation = await db().invitation.findFirst({
    where: { tokenHash: hashToken(token), usedAt: null, expiresAt: { gt: new Date() } },
    select: { id: true, role: true, createdById: true },
  })
  const setUp = invitation?.createdById === null
  return setUp && (await hasAdmin()) ? null : invitation
}

/** True once somebody can administer the portal. */
export async function hasAdmin(): Promise<boolean> {
  return (await db().user.count({ where: { role: 'admin', disabledAt: null } })) > 0
}
