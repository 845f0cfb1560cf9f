import { cookies, headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { originOf } from '#app/_server/origin'
import { findSessionUser } from '#core/user/data'
import { cookieName, readToken } from './cookie.ts'

export type SessionUser = NonNullable<Awaited<ReturnType<typeof findSessionUser>>>

/** Who is asking, or null. The database is asked each time, so that a disabled user is out at once. */
export const currentUser = cache(async (): Promise<SessionUser | null> => {
  const name = cookieName(originOf(await headers()))
  const claims = await readToken((await cookies()).get(name)?.value)
  return claims ? findSessionUser(claims.sub, claims.version) : null
})

/** For pages: the signed-in user, or a redirect to the sign-in page that leads back `here` (a path with its query). */
export async function requireUser(here = '/'): Promise<SessionUser> {
  const user = await currentUser()
  if (user) return user
  redirect(here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`)
}

/** For admin pages, which don't exist (404) for a member. */
export async function requireAdmin(here = '/'): Promise<SessionUser> {
  const user = await requireUser(here)
  if (user.role !== 'admin') notFound()
  return user
}
