import { createHash } from 'node:crypto'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { db } from '#core/db'
import { networkOf } from '#core/user/network'

const QUARTER_HOUR = 15 * 60
const HOUR = 3600

/** How many attempts are counted together, and for how long. */
const LIMITS = {
  /** Wrong passwords for one account from one network. */
  pair: { points: 8, duration: QUARTER_HOUR },
  /** Wrong passwords from one network, whatever the account. */
  network: { points: 50, duration: QUARTER_HOUR },
  /** Wrong passwords for one account from anywhere. Beyond it each try is slowed down, and none refused. */
  account: { points: 100, duration: HOUR },
  /** Wrong passwords for one account from a browser that had signed in to it before. */
  device: { points: 8, duration: QUARTER_HOUR },
  /** Wrong passwords of somebody who is signed in and wants another. */
  present: { points: 8, duration: QUARTER_HOUR },
  /** Codes of a second factor for one account, by those who know its password: a browser known to it counts by itself. */
  code: { points: 10, duration: HOUR },
  /** Steps of a sign-in through the OpenID provider from one network, each of which asks the provider. */
  provider: { points: 300, duration: QUARTER_HOUR },
  /** Mails with a link for a new password to one account. */
  mail: { points: 3, duration: HOUR },
  /** One-time links tried from one network. */
  link: { points: 20, duration: QUARTER_HOUR },
  /** Refusals of one kind that are written down, of one person, or from one network where nobody is signed in. */
  refusal: { points: 10, duration: HOUR },
  /** The same from everywhere. */
  refusals: { points: 1000, duration: HOUR },
} as const
type Limit = keyof typeof LIMITS

/** Each tenth attempt above an account's limit makes the next ones wait a second longer, up to this. */
const MAX_DELAY_MS = 8000
const MS_PER_ATTEMPT = 100

/** Who tries to sign in: `device` names the browser where it has signed in to this account before. */
export interface SignInAttempt {
  address: string
  email: string
  device: string | null
}

export type Admission =
  /** The password may be looked at, after a pause. */
  | { admitted: true; delayMs: number; counted: [Limit, string][]; first: boolean }
  /** `first` is true for the one that met the limit, not for those after it. */
  | { admitted: false; seconds: number; first: boolean }

/**
 * Counts an attempt before its password is looked at. A browser that knows the account is counted by itself, so
 * that nobody elsewhere can lock it out; the account's own counter only sees attempts that get as far as the
 * password, and never refuses.
 */
export async function admitSignIn({ address, email, device }: SignInAttempt): Promise<Admission> {
  if (device && (await consume('device', `${device} ${email}`)).refused === null)
    return { admitted: true, delayMs: 0, counted: [['device', `${device} ${email}`]], first: false }
  const network = networkOf(address)
  const keys: [Limit, string][] = [
    ['pair', `${network} ${email}`],
    ['network', network],
  ]
  for (const [limit, key] of keys) {
    const { refused, points } = await consume(limit, key)
    if (refused !== null)
      return { admitted: false, seconds: refused, first: points === LIMITS[limit].points + 1 }
  }
  const { points } = await consume('account', email)
  const above = Math.max(0, points - LIMITS.account.points)
  return {
    admitted: true,
    delayMs: Math.min(MAX_DELAY_MS, above * MS_PER_ATTEMPT),
    counted: [...keys, ['account', email]],
    first: above === 1,
  }
}

/** Takes back what `admitSignIn` counted: the password was right. */
export async function forgiveSignIn({ counted }: { counted: [Limit, string][] }): Promise<void> {
  for (const [limit, key] of counted) {
    if (limit === 'pair' || limit === 'device') await limiter(limit).delete(keyOf(key))
    else await limiter(limit).reward(keyOf(key), 1)
  }
}

/** Counts a use of a one-time link. Returns seconds to wait when there were too many, else null. */
export const countLink = async (address: string): Promise<number | null> =>
  (await consume('link', networkOf(address))).refused

/** Counts a step of a sign-in through the OpenID provider. Returns seconds to wait, else null. */
export const countProviderStep = async (address: string): Promise<number | null> =>
  (await consume('provider', networkOf(address))).refused

/** Counts a look at the password of somebody who is signed in. Returns seconds to wait, else null. */
export const countPresentPassword = async (userId: string): Promise<number | null> =>
  (await consume('present', userId)).refused

/** Takes back what `countPresentPassword` counted. */
export async function forgivePresentPassword(userId: string): Promise<void> {
  await limiter('present').delete(keyOf(userId))
}

const codeKey = (userId: string, device: string | null) => (device ? `${device} ${userId}` : userId)

/**
 * Counts a code of a second factor before it is looked at. Returns seconds to wait, else null; `first` is true for the
 * one that met the limit.
 */
export async function countCode(
  userId: string,
  device: string | null,
): Promise<{ seconds: number | null; first: boolean }> {
  const { refused, points } = await consume('code', codeKey(userId, device))
  return { seconds: refused, first: points === LIMITS.code.points + 1 }
}

/** Takes back what `countCode` counted. */
export async function forgiveCodes(userId: string, device: string | null): Promise<void> {
  await limiter('code').delete(keyOf(codeKey(userId, device)))
}

/** Counts a mail to an account. False when it got enough of them. */
export const countMail = async (userId: string): Promise<boolean> =>
  (await consume('mail', userId)).refused === null

/**
 * Counts a refusal of one kind. Whether it is to be written down: `last` for the one that says that more follow, of
 * which nothing is kept.
 */
export async function countRefusal(kind: string, who: { userId: string | null; address: string }) {
  const key = `${who.userId ?? networkOf(who.address)} ${kind}`
  const { points } = await consume('refusal', key)
  if (points > LIMITS.refusal.points + 1) return 'no'
  const { refused } = await consume('refusals', 'all')
  if (refused !== null) return 'no'
  return points > LIMITS.refusal.points ? 'last' : 'yes'
}

/** Removes counters whose time is over. */
export async function removeOldAttempts(): Promise<number> {
  const { count } = await db().rateLimit.deleteMany({ where: { expire: { lte: Date.now() } } })
  return count
}

async function consume(limit: Limit, key: string): Promise<{ refused: number | null; points: number }> {
  try {
    const { consumedPoints } = await limiter(limit).consume(keyOf(key))
    return { refused: null, points: consumedPoints }
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    return {
      refused: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
      points: refused.consumedPoints,
    }
  }
}

/** Of one length, and no list of addresses for whoever reads the table. */
const keyOf = (key: string): string => createHash('sha256').update(key).digest('base64url')

function limiter(limit: Limit): RateLimiterPostgres {
  return new RateLimiterPostgres({
    ...LIMITS[limit],
    keyPrefix: limit,
    storeClient: queries,
    storeType: 'client',
    tableName: 'RateLimit',
    tableCreated: true,
    clearExpiredByTimeout: false,
  })
}

/** The limiter's way to Postgres: the process's one client. */
const queries = {
  async query({ text, values }: { text: string; values: unknown[] }) {
    const rows = await db().$queryRawUnsafe<{ points: number; expire: bigint | null }[]>(text, ...values)
    return { rows: rows.map((row) => ({ ...row, expire: row.expire === null ? null : Number(row.expire) })) }
  },
}
