import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const QUARTER_HOUR = 15 * 60
const HOUR = 3600

/** How many attempts are counted together, and for how long. */
const LIMITS = {
  /** Wrong passwords for one account from one address. */
  pair: { points: 8, duration: QUARTER_HOUR },
  /** Wrong passwords from one address, whatever the account. */
  address: { points: 50, duration: QUARTER_HOUR },
  /** Wrong passwords for one account from anywhere: an address can be made up. */
  account: { points: 100, duration: HOUR },
  /** One-time links tried from one address. */
  join: { points: 20, duration: QUARTER_HOUR },
} as const
type Limit = keyof typeof LIMITS

const shared = globalThis as typeof globalThis & { greenroomLimiters?: Record<Limit, RateLimiterMemory> }

/** Counts a sign-in before its password is looked at. Returns seconds to wait when there were too many, else null. */
export async function countSignIn(address: string, email: string): Promise<number | null> {
  const counted = [
    await consume('pair', `${address} ${email}`),
    await consume('address', address),
    await consume('account', email),
  ]
  const waits = counted.filter((seconds) => seconds !== null)
  return waits.length > 0 ? Math.max(...waits) : null
}

/** Takes back what `countSignIn` counted: the password was right. */
export async function forgiveSignIn(address: string, email: string): Promise<void> {
  const { pair, address: byAddress, account } = limiters()
  await pair.delete(`${address} ${email}`)
  await byAddress.reward(address, 1)
  await account.reward(email, 1)
}

/** Counts a use of a one-time link. Returns seconds to wait when there were too many, else null. */
export const countJoin = (address: string): Promise<number | null> => consume('join', address)

async function consume(limit: Limit, key: string): Promise<number | null> {
  try {
    await limiters()[limit].consume(key)
    return null
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
    throw refused
  }
}

function limiters(): Record<Limit, RateLimiterMemory> {
  shared.greenroomLimiters ??= {
    pair: new RateLimiterMemory(LIMITS.pair),
    address: new RateLimiterMemory(LIMITS.address),
    account: new RateLimiterMemory(LIMITS.account),
    join: new RateLimiterMemory(LIMITS.join),
  }
  return shared.greenroomLimiters
}
