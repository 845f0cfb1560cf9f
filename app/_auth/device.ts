import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { webEnv } from '#app/_server/env'

const DAY = 24 * 3600
const DAYS = 90

/** A browser that signed in keeps it for so long. */
export const DEVICE_SECONDS = DAYS * DAY

/** The cookie that says which account this browser has signed in to before. */
export const deviceCookieName = (origin: string): string =>
  origin.startsWith('https:') ? '__Secure-greenroom.device' : 'greenroom.device'

/** A signed note that this browser knows the password of `email`, and a name for the browser. */
export function makeDevice(email: string, now = Date.now()): string {
  const facts = `${randomBytes(16).toString('base64url')}.${Math.floor(now / 1000) + DEVICE_SECONDS}`
  return `${facts}.${sign(facts, email)}`
}

/** The browser's name, or null where its cookie is missing, forged, too old or of another account. */
export function readDevice(cookie: string | undefined, email: string, now = Date.now()): string | null {
  const [name, until, signature] = cookie?.split('.') ?? []
  if (!name || !until || !signature) return null
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(`${name}.${until}`, email))]
  const genuine = given.length === right.length && timingSafeEqual(given, right)
  return genuine && Number(until) * 1000 > now ? name : null
}

const sign = (facts: string, email: string): string =>
  createHmac('sha256', `device ${webEnv().NEXTAUTH_SECRET}`).update(`${facts} ${email}`).digest('base64url')
