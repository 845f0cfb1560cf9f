import { db } from '#core/db'
import { hashToken } from '#core/ids'
import { quotasOf } from '#core/limits/schema'

/** What of a user leaves the database. */
export const PUBLIC_USER = {
  id: true,
  email: true,
  name: true,
  role: true,
  disabledAt: true,
  createdAt: true,
  weight: true,
  quotas: true,
  totpSince: true,
} as const

/** All users, each with how many jobs wait or run, and how many bytes are stored. */
export async function listUsers() {
  const users = await db().user.findMany({ orderBy: { createdAt: 'asc' }, select: PUBLIC_USER })
  const open = await db().renderJob.groupBy({
    by: ['ownerId'],
    where: { state: { in: ['queued', 'running'] } },
    _count: { _all: true },
  })
  const counts = new Map(open.map((row) => [row.ownerId, row._count._all]))
  const stored = await db().$queryRaw<{ ownerId: string; bytes: number }[]>`
    SELECT "ownerId"::text, sum(bytes)::float8 AS bytes
    FROM (SELECT "ownerId", bytes FROM "Asset" UNION ALL SELECT "ownerId", "resultBytes" FROM "RenderJob") AS files
    GROUP BY "ownerId"`
  const bytes = new Map(stored.map((row) => [row.ownerId, row.bytes ?? 0]))
  return users.map(({ quotas, ...user }) => ({
    ...user,
    quotas: quotasOf(quotas),
    openJobs: counts.get(user.id) ?? 0,
    bytes: bytes.get(user.id) ?? 0,
  }))
}

/** A user by id, disabled or not, or null. */
export async function findUser(id: string) {
  return db().user.findUnique({ where: { id }, select: PUBLIC_USER })
}

/** Invitations that can still be used, without their secret. */
export async function listOpenInvitations() {
  return db().invitation.findMany({
    where: { usedAt: null, expiresAt: { gt: new Date() }, createdById: { not: null } },
    orderBy: { createdAt: 'desc' },
    select: {
      ...{ id: true, role: true, email: true, name: true, createdAt: true, expiresAt: true },
      createdBy: { select: { name: true } },
    },
  })
}

/**
 * The open invitation that a link's token belongs to, or null when it is unknown, used or too old; a set-up
 * link ends when there is an admin.
 */
export async function findInvitation(token: string) {
  const invitation = await db().invitation.findFirst({
    where: { tokenHash: hashToken(token), usedAt: null, expiresAt: { gt: new Date() } },
    select: { id: true, role: true, email: true, name: true, createdById: true },
  })
  const setUp = invitation?.createdById === null
  return setUp && (await hasAdmin()) ? null : invitation
}

/** True once somebody can administer the portal. */
export async function hasAdmin(): Promise<boolean> {
  return (await db().user.count({ where: { role: 'admin', disabledAt: null } })) > 0
}
