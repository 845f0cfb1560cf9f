import { db } from '#core/db'
import { countPresentPassword } from '#core/user/attempts'
import { passwordMatches } from '#core/user/password'
import type { User } from '#prisma/client'

export type PasswordRefusal = { outcome: 'wrong_password' } | { outcome: 'rate_limited'; seconds: number }

/**
 * Looks at the password of somebody who is signed in and wants to change how they sign in: a session alone may be
 * somebody else's. Counts the attempt; whoever is satisfied takes it back with `forgivePresentPassword`.
 */
export async function checkPresentPassword(
  userId: string,
  password: string,
): Promise<{ outcome: 'right'; user: User } | PasswordRefusal> {
  const seconds = await countPresentPassword(userId)
  if (seconds !== null) return { outcome: 'rate_limited', seconds }
  const user = await db().user.findUniqueOrThrow({ where: { id: userId } })
  const matches = await passwordMatches(user.passwordHash, password)
  return matches ? { outcome: 'right', user } : { outcome: 'wrong_password' }
}
