import { cookies } from 'next/headers'
import { CHOSEN_ZONE_COOKIE, LOCALE_COOKIE, THEME_COOKIE } from '#app/_i18n/locale'
import { signOut } from '#core/user/sign-in'
import type { User } from '#prisma/client'
import { cookieName, readToken } from './cookie.ts'
import { DEVICE_SECONDS, deviceCookieName, makeDevice } from './device.ts'

const YEAR = 365 * 24 * 3600

/** What a browser is given whose session begins: that it knows the account, and how its owner wants the portal to be. */
export async function welcomeBrowser(user: User, origin: string): Promise<void> {
  const jar = await cookies()
  // The browser's earlier session would go on unseen, as the new one takes its cookie's place.
  const earlier = await readToken(jar.get(cookieName(origin))?.value)
  if (earlier) await signOut(earlier)
  const lax = { sameSite: 'lax', secure: origin.startsWith('https:') } as const
  jar.set(deviceCookieName(origin), makeDevice(user.email), {
    ...{ ...lax, httpOnly: true, path: '/api/auth', maxAge: DEVICE_SECONDS },
  })
  const { locale, theme, zone } = user
  for (const [name, value] of [
    [LOCALE_COOKIE, locale],
    [THEME_COOKIE, theme],
    [CHOSEN_ZONE_COOKIE, zone],
  ] as const)
    if (value) jar.set(name, value, { ...lax, path: '/', maxAge: YEAR })
}
