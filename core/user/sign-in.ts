import { setTimeout as sleep } from 'node:timers/promises'
import { askedFrom } from '#core/audit/asking'
import { writeAudit } from '#core/audit/mutations'
import { db } from '#core/db'
import { admitSignIn, forgiveSignIn } from '#core/user/attempts'
import { passwordMatches } from '#core/user/password'
import { endSession, startSession } from '#core/user/sessions'
import type { User } from '#prisma/client'

export interface SignInRequest {
  email: string
  password: string
  address: string
  browser: string
  /** Names the browser where it has signed in to this account before. */
  device: string | null
}

export type SignInOutcome =
  | { outcome: 'signed_in'; user: User; token: string }
  | { outcome: 'wrong' }
  | { outcome: 'rate_limited'; seconds: number }

/** Starts a session for whoever knows the password. Wrong and refused attempts are written down. */
export const signIn = (request: SignInRequest): Promise<SignInOutcome> =>
  askedFrom(request, () => trySignIn(request))

async function trySignIn(request: SignInRequest): Promise<SignInOutcome> {
  const { email, password, address, browser } = request
  const admission = await admitSignIn(request)
  if (admission.first) await note('user.sign_in_limited', await findByEmail(email))
  if (!admission.admitted) return { outcome: 'rate_limited', seconds: admission.seconds }
  await sleep(admission.delayMs)
  const found = await checkPassword(email, password)
  const token = found.matches ? await startSession(found.user, { address, browser }) : null
  if (!found.matches || !token) {
    await note('user.sign_in_failed', found.user)
    return { outcome: 'wrong' }
  }
  await forgiveSignIn(admission)
  await note('user.sign_in', found.user)
  return { outcome: 'signed_in', user: found.user, token }
}

/** Ends the session of a browser that signs out. */
export async function signOut(token: string): Promise<string | null> {
  const userId = await endSession(token)
  if (userId) await writeAudit(db(), { actorId: userId, action: 'user.sign_out', subjectId: userId })
  return userId
}

/** Takes equally long for an unknown address, a wrong password and a disabled user. */
async function checkPassword(email: string, password: string) {
  const user = await findByEmail(email)
  const matches = await passwordMatches(user?.passwordHash ?? null, password)
  return user && matches && !user.disabledAt
    ? { matches: true as const, user }
    : { matches: false as const, user }
}

const findByEmail = (email: string) => db().user.findUnique({ where: { email } })

/** What was typed as an unknown address isn't kept: it may be a password. */
async function note(
  action: 'user.sign_in' | 'user.sign_in_failed' | 'user.sign_in_limited',
  user: User | null,
): Promise<void> {
  const actorId = action === 'user.sign_in' ? (user?.id ?? null) : null
  await writeAudit(db(), { actorId, action, subjectId: user?.id })
}
