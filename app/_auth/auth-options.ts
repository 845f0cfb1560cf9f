import { cookies } from 'next/headers'
import type { AuthOptions, User } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { z } from 'zod'
import { webEnv } from '#app/_server/env'
import { webLog } from '#app/_server/log'
import { addressOf } from '#app/_server/origin'
import { providerSettings } from '#core/user/provider-settings'
import { signInByProvider } from '#core/user/provider-sign-in'
import { findSession, sessionLimits } from '#core/user/sessions'
import { type SignInOutcome, signIn, signOut } from '#core/user/sign-in'
import { cookieName } from './cookie.ts'
import { deviceCookieName, readDevice } from './device.ts'
import { welcomeBrowser } from './entered.ts'
import { type FromProvider, openIdProvider, PROVIDER_ID } from './provider.ts'

const credentials = z.object({
  email: z.string().trim().toLowerCase().max(254),
  password: z.string().max(200),
  code: z.string().max(40).optional(),
})

/** A session's token, on its way from the sign-in to the cookie. */
type WithToken = User & { sid: string }

/**
 * next-auth's options for a request that came to `origin`. A sign-in that fails has one of these errors:
 * `CredentialsSignin` (address or password are wrong, or the user is disabled), `code_needed` and `wrong_code` (the
 * password is right), `rate_limited:<seconds to wait>` and `unavailable`.
 */
export function authOptions(origin: string, headers: Headers): AuthOptions {
  const secure = origin.startsWith('https:')
  const settings = providerSettings()
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
        credentials: { email: { type: 'email' }, password: { type: 'password' }, code: {} },
        authorize: (given) => authorize(given, origin, headers),
      }),
      ...(settings ? [openIdProvider(settings)] : []),
    ],
    callbacks: {
      signIn: async ({ user, account }) =>
        account?.provider !== PROVIDER_ID || enterByProvider(user, origin, headers),
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
      error: logFailure,
      warn: () => {},
    },
  }
}

async function authorize(given: unknown, origin: string, headers: Headers): Promise<WithToken | null> {
  const parsed = credentials.safeParse(given)
  if (!parsed.success) return null
  const { email, password, code } = parsed.data
  const jar = await cookies()
  const address = addressOf(headers)
  const result = await signIn({
    ...{ email, password, code, address, browser: headers.get('user-agent') ?? '' },
    device: readDevice(jar.get(deviceCookieName(origin))?.value, email),
  }).catch((error: unknown) => {
    webLog().error(error, 'sign-in')
    throw new Error('unavailable')
  })
  if (result.outcome !== 'signed_in') {
    refuse(result, address)
    return null
  }
  webLog().info({ userId: result.user.id, address }, 'signed in')
  await welcomeBrowser(result.user, origin)
  return { id: result.user.id, sid: result.token }
}

/** Writes down why somebody is not in yet, and tells the form what it may know. */
function refuse(result: Exclude<SignInOutcome, { outcome: 'signed_in' }>, address: string): void {
  const { outcome } = result
  if (outcome === 'code_needed') throw new Error(outcome)
  webLog().warn({ address, outcome }, 'sign-in failed')
  if (outcome === 'rate_limited') throw new Error(`rate_limited:${result.seconds}`)
  if (outcome === 'wrong_code') throw new Error(outcome)
}

/** Starts a session for whom the provider named: true, or where to go instead. next-auth hands `user` on to `jwt`. */
async function enterByProvider(user: User, origin: string, headers: Headers): Promise<true | string> {
  const address = addressOf(headers)
  const { claims } = user as unknown as FromProvider
  const result = await signInByProvider(claims, { address, browser: headers.get('user-agent') ?? '' })
  if (result.outcome !== 'signed_in') {
    webLog().warn({ address, outcome: result.outcome, subject: claims.sub }, 'provider sign-in refused')
    return `${origin}/sign-in?error=${result.outcome}`
  }
  webLog().info({ userId: result.user.id, address }, 'signed in by the provider')
  await welcomeBrowser(result.user, origin)
  Object.assign(user, { id: result.user.id, sid: result.token } satisfies WithToken)
  return true
}

/**
 * What anybody can bring about at the provider's callback is a warning. Of such errors only the words are written down,
 * for they hold tokens.
 */
function logFailure(code: string, metadata: Error | { error: Error }): void {
  const { message } = metadata instanceof Error ? metadata : metadata.error
  if (/OAUTH|SIGNIN/.test(code)) webLog().warn({ code, reason: message }, 'provider sign-in failed')
  else webLog().error({ code, metadata }, 'next-auth')
}
