import { cookies, headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { askedByPage } from '#app/_server/asking'
import { originOf } from '#app/_server/origin'
import { noteRefusal } from '#core/user/refusals'
import { findSession } from '#core/user/sessions'
import { atLeast } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'
import { cookieName, readToken } from './cookie.ts'

export type SessionUser = NonNullable<Awaited<ReturnType<typeof findSession>>>

/** Who is asking, or null. The session's row is asked each time, so that one that was ended is out at once. */
export const currentUser = cache(async (): Promise<SessionUser | null> => {
  const name = cookieName(originOf(await headers()))
  const token = await readToken((await cookies()).get(name)?.value)
  return token ? findSession(token) : null
})

/**
 * For pages: the signed-in user, or a redirect to the sign-in page that leads back `here` (a path with its query), or
 * to where they set up the second factor that they lack.
 */
export async function requireUser(here = '/'): Promise<SessionUser> {
  const user = await currentUser()
  if (user && !user.lacksSecondFactor) return user
  const page = user ? '/second-factor' : '/sign-in'
  redirect(here === '/' ? page : `${page}?next=${encodeURIComponent(here)}`)
}

/** For pages of a role and those above it, which don't exist (404) for others. */
export async function requireRole(needed: Role, here: string): Promise<SessionUser> {
  const user = await requireUser(here)
  if (atLeast(user.role, needed)) return user
  await askedByPage(() => noteRefusal({ userId: user.id, method: 'GET', path: here, code: 'forbidden' }))
  notFound()
}
