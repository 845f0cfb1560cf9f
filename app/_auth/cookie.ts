import { decode } from 'next-auth/jwt'
import { z } from 'zod'
import { webEnv } from '#app/_server/env'

const claims = z.object({ sid: z.string().min(20) })

/** The session cookie's name; over https a browser takes it from https alone. */
export const cookieName = (origin: string): string =>
  origin.startsWith('https:') ? '__Secure-greenroom.session-token' : 'greenroom.session-token'

/** The session's token in a session cookie, or null when the cookie is missing, forged or too old. */
export async function readToken(cookie: string | undefined): Promise<string | null> {
  if (!cookie) return null
  const decoded = await decode({ token: cookie, secret: webEnv().NEXTAUTH_SECRET }).catch(() => null)
  return claims.safeParse(decoded).data?.sid ?? null
}
