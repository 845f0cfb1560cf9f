import { z } from 'zod'
import { db, type Tx, transact } from '#core/db'
import { positive, readEnvironment } from '#core/env'
import { announce } from '#core/events/events'
import { hashToken, newToken } from '#core/ids'
import { PUBLIC_USER } from '#core/user/data'
import { needsSecondFactor } from '#core/user/second-factor-rule'
import type { User } from '#prisma/client'

const HOUR_MS = 3_600_000
/** A visit is written down at most this often. */
const TOUCH_MS = 60_000
const MAX_BROWSER_LENGTH = 300

const settings = z.object({
  /** A session ends after so many hours without a visit … */
  SESSION_IDLE_HOURS: positive(12),
  /** … and after so many days in any case. */
  SESSION_DAYS: positive(30),
})

/** How long sessions last, in milliseconds. */
export function sessionLimits(): { idleMs: number; maxMs: number } {
  const { SESSION_IDLE_HOURS, SESSION_DAYS } = readEnvironment(settings)
  return { idleMs: SESSION_IDLE_HOURS * HOUR_MS, maxMs: SESSION_DAYS * 24 * HOUR_MS }
}

export interface SignedInFrom {
  address: string
  browser: string
  /** Through the OpenID provider. */
  byProvider?: boolean
}

/**
 * Starts a session and returns its token, which only the browser's cookie keeps. Null when the user was disabled,
 * got another password or a second factor since `user` was read.
 */
export function startSession(
  user: { id: string; passwordHash: string | null; totpSince: Date | null },
  { address, browser, byProvider = false }: SignedInFrom,
): Promise<string | null> {
  return transact(async (tx) => {
    // Held until the end: whoever ends this user's sessions meanwhile waits, and then finds this one too.
    const [present] = await tx.$queryRaw<Pick<User, 'passwordHash' | 'disabledAt' | 'totpSince'>[]>`
      SELECT "passwordHash", "disabledAt", "totpSince" FROM "User" WHERE id = ${user.id}::uuid FOR SHARE`
    if (!present || present.disabledAt || present.passwordHash !== user.passwordHash) return null
    if (present.totpSince?.getTime() !== user.totpSince?.getTime()) return null
    const token = newToken()
    await tx.session.create({
      data: {
        ...{ tokenHash: hashToken(token), userId: user.id, address, byProvider },
        browser: browser.slice(0, MAX_BROWSER_LENGTH),
      },
    })
    return token
  })
}

/** The user behind a session's token, or null when it has ended. Counts as a visit. */
export async function findSession(token: string) {
  const session = await findBy({ tokenHash: hashToken(token) })
  if (session && session.lastSeenAt.getTime() < Date.now() - TOUCH_MS)
    await db().session.updateMany({ where: { id: session.sessionId }, data: { lastSeenAt: new Date() } })
  return session
}

/** The same by the session's id, for pages that stay open: they look again, which is no visit. */
export const findSessionById = (id: string) => findBy({ id })

async function findBy(where: { id: string } | { tokenHash: string }) {
  const session = await db().session.findUnique({
    where,
    select: { id: true, createdAt: true, lastSeenAt: true, byProvider: true, user: { select: PUBLIC_USER } },
  })
  if (!session || session.user.disabledAt) return null
  const endsAt = endOf(session)
  if (endsAt.getTime() <= Date.now()) return null
  return {
    ...session.user,
    sessionId: session.id,
    lastSeenAt: session.lastSeenAt,
    sessionEndsAt: endsAt,
    /** True for somebody who has to set up a second factor before anything else. */
    lacksSecondFactor: !session.byProvider && !session.user.totpSince && needsSecondFactor(session.user.role),
  }
}

function endOf({ createdAt, lastSeenAt }: { createdAt: Date; lastSeenAt: Date }): Date {
  const { idleMs, maxMs } = sessionLimits()
  return new Date(Math.min(createdAt.getTime() + maxMs, lastSeenAt.getTime() + idleMs))
}

/** Sessions of a user that have not ended, the last seen first. */
export async function listSessions(userId: string) {
  const sessions = await db().session.findMany({
    where: { userId },
    orderBy: { lastSeenAt: 'desc' },
    select: { id: true, createdAt: true, lastSeenAt: true, address: true, browser: true },
  })
  return sessions.filter((session) => endOf(session).getTime() > Date.now())
}

/** Signs a browser out: its cookie is worth nothing from now on. Returns whose session it was. */
export function endSession(token: string): Promise<string | null> {
  return transact(async (tx) => {
    const [ended] = await tx.$queryRaw<{ userId: string }[]>`
      DELETE FROM "Session" WHERE "tokenHash" = ${hashToken(token)} RETURNING "userId"`
    if (!ended) return null
    await announce(tx, { kind: 'user', userId: ended.userId })
    return ended.userId
  })
}

/** Ends sessions of a user in the caller's transaction: all, all but one, or one. Returns how many. */
export async function endSessions(
  tx: Tx,
  userId: string,
  which: { id?: string | { not: string } } = {},
): Promise<number> {
  const { count } = await tx.session.deleteMany({ where: { userId, ...which } })
  await announce(tx, { kind: 'user', userId })
  return count
}

/** Removes the rows of sessions that have ended by themselves. */
export async function removeEndedSessions(): Promise<number> {
  const { idleMs, maxMs } = sessionLimits()
  const { count } = await db().session.deleteMany({
    where: {
      OR: [
        { createdAt: { lte: new Date(Date.now() - maxMs) } },
        { lastSeenAt: { lte: new Date(Date.now() - idleMs) } },
      ],
    },
  })
  return count
}
