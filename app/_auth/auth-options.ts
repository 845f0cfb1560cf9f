import { cookies } from 'next/headers'
import type { AuthOptions, User } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { z } from 'zod'
import { CHOSEN_ZONE_COOKIE, LOCALE_COOKIE, THEME_COOKIE } from '#app/_i18n/locale'
import { webEnv } from '#app/_server/env'
import { webLog } from '#app/_server/log'
import { addressOf } from '#app/_server/origin'
import { findSession, sessionLimits } from '#core/user/sessions'
import { signIn, signOut } from '#core/user/sign-in'
import { cookieName, readToken } from './cookie.ts'
import { DEVICE_SECONDS, deviceCookieName, makeDevice, readDevice } from './device.ts'

const credentials = z.object({
  email: z.string().trim().toLowerCase().max(254),
  password: z.string().max(200),
})

const YEAR = 365 * 24 * 3600

/** A session's token, on its way from the sign-in to the cookie. */
type WithToken = User & { sid: string }

/**
 * next-auth's options for a request that came to `origin`. A sign-in that fails has one of these errors:
 * `CredentialsSignin` (address or password are wrong, or the user is disabled), `rate_limited:<seconds to wait>`
 * and `unavailable`.
 */
export function authOptions(origin: string, headers: Headers): AuthOptions {
  const secure = origin.startsWith('https:')
  const maxAge = Math.ceil(sessionLimits().maxMs / 1000)
  return {
    secret: webEnv().NEXTAUTH_SECRET,
    useSecureCookies: secure,
    session: { strategy: 'jwt', maxAge },
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
        authorize: (given) => authorize(given, origin, headers),
      }),
    ],
    callbacks: {
      // The token only names the session; who it is and whether it goes on is read from its row.
      jwt: ({ token, user }) => (user ? { sid: (user as WithToken).sid } : { sid: token.sid }),
      session: async ({ session, token }) => {
        const user = await findSession(String(token.sid))
        if (!user) return {} as typeof session
        const { id, name, email, role } = user
        return { ...session, expires: user.sessionEndsAt.toISOString(), user: { id, name, email, role } }
      },
      redirect: ({ url }) => {
        const target = URL.canParse(url, origin) ? new URL(url, origin) : null
        return target?.origin === origin ? target.href : origin
      },
    },
    events: {
      signOut: async ({ token }) => {
        const userId = await signOut(String(token?.sid))
        if (userId) webLog().info({ userId, address: addressOf(headers) }, 'signed out')
      },
    },
    logger: {
      error: (code, metadata) => webLog().error({ code, metadata }, 'next-auth'),
      warn: () => {},
    },
  }
}

async function authorize(given: unknown, origin: string, headers: Headers): Promise<WithToken | null> {
  const parsed = credentials.safeParse(given)
  if (!parsed.success) return null
  const { email, password } = parsed.data
  const jar = await cookies()
  const address = addressOf(headers)
  const result = await signIn({
    ...{ email, password, address, browser: headers.get('user-agent') ?? '' },
    device: readDevice(jar.get(deviceCookieName(origin))?.value, email),
  }).catch((error: unknown) => {
    webLog().error(error, 'sign-in')
    throw new Error('unavailable')
  })
  if (result.outcome !== 'signed_in') {
    webLog().warn({ address, outcome: result.outcome }, 'sign-in failed')
    if (result.outcome === 'rate_limited') throw new Error(`rate_limited:${result.seconds}`)
    return null
  }
  webLog().info({ userId: result.user.id, address }, 'signed in')
  // The browser's earlier session would go on unseen, as the new one takes its cookie's place.
  const earlier = await readToken(jar.get(cookieName(origin))?.value)
  if (earlier) await signOut(earlier)
  const lax = { sameSite: 'lax', secure: origin.startsWith('https:') } as const
  jar.set(deviceCookieName(origin), makeDevice(email), {
    ...{ ...lax, httpOnly: true, path: '/api/auth', maxAge: DEVICE_SECONDS },
  })
  const { locale, theme, zone } = result.user
  for (const [name, value] of [
    [LOCALE_COOKIE, locale],
    [THEME_COOKIE, theme],
    [CHOSEN_ZONE_COOKIE, zone],
  ] as const)
    if (value) jar.set(name, value, { ...lax, path: '/', maxAge: YEAR })
  return { id: result.user.id, sid: result.token }
}
