import type { AuthOptions, User } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { z } from 'zod'
import { webEnv } from '#app/_server/env'
import { webLog } from '#app/_server/log'
import { addressOf } from '#app/_server/origin'
import { findSessionUser, findUserByPassword } from '#core/user/data'
import { countSignIn, forgiveSignIn } from './attempts.ts'
import { cookieName, SESSION_SECONDS } from './cookie.ts'

const credentials = z.object({
  email: z.string().trim().toLowerCase().max(254),
  password: z.string().max(200),
})

type WithVersion = User & { sessionVersion: number }

/**
 * next-auth's options for a request that came to `origin`. A sign-in that fails has one of these errors:
 * `CredentialsSignin` (address or password are wrong, or the user is disabled), `rate_limited:<seconds to wait>`
 * and `unavailable`.
 */
export function authOptions(origin: string): AuthOptions {
  const secure = origin.startsWith('https:')
  return {
    secret: webEnv().NEXTAUTH_SECRET,
    useSecureCookies: secure,
    session: { strategy: 'jwt', maxAge: SESSION_SECONDS },
    cookies: {
      sessionToken: {
        name: cookieName(origin),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      },
    },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [
      CredentialsProvider({
        credentials: { email: { type: 'email' }, password: { type: 'password' } },
        authorize: (given, request) => signIn(given, new Headers(request.headers)),
      }),
    ],
    callbacks: {
      // The token says who and which version; what they are called and may do is read from the database.
      jwt: ({ token, user }) =>
        user ? { sub: user.id, version: (user as WithVersion).sessionVersion } : token,
      session: async ({ session, token }) => {
        const user = await findSessionUser(token.sub ?? '', token.version as number)
        if (!user) return {} as typeof session
        const { id, name, email, role } = user
        return { ...session, user: { id, name, email, role } }
      },
      redirect: ({ url }) => {
        const target = URL.canParse(url, origin) ? new URL(url, origin) : null
        return target?.origin === origin ? target.href : origin
      },
    },
    logger: {
      error: (code, metadata) => webLog().error({ code, metadata }, 'next-auth'),
      warn: () => {},
    },
  }
}

async function signIn(given: unknown, headers: Headers): Promise<WithVersion | null> {
  const parsed = credentials.safeParse(given)
  if (!parsed.success) return null
  const { email, password } = parsed.data
  const address = addressOf(headers)
  const seconds = await countSignIn(address, email)
  if (seconds !== null) throw new Error(`rate_limited:${seconds}`)
  const user = await findUserByPassword(email, password).catch((error: unknown) => {
    webLog().error(error, 'sign-in')
    throw new Error('unavailable')
  })
  if (!user) return null
  await forgiveSignIn(address, email)
  return { id: user.id, sessionVersion: user.sessionVersion }
}
