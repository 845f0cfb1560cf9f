import { decode } from 'next-auth/jwt'
import { z } from 'zod'
import { webEnv } from '#app/_server/env'

/** A session ends by itself after this long without a visit. */
export const SESSION_SECONDS = 30 * 24 * 3600

const claims = z.object({ sub: z.uuid(), version: z.number().int() })
export type SessionClaims = z.infer<typeof claims>

/** The session cookie's name; over https a browser takes it from https alone. */
export const cookieName = (origin: string): string =>
  origin.startsWith('https:') ? '__Secure-greenroom.session-token' : 'greenroom.session-token'

/** What a session cookie says, or null when it is missing, forged or too old. */
export async function readToken(token: string | undefined): Promise<SessionClaims | null> {
  if (!token) return null
  const decoded = await decode({ token, secret: webEnv().NEXTAUTH_SECRET }).catch(() => null)
  return claims.safeParse(decoded).data ?? null
}
