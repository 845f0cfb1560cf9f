import { setTimeout as sleep } from 'node:timers/promises'
import { askedFrom } from '#core/audit/asking'
import { writeAudit } from '#core/audit/mutations'
import { db } from '#core/db'
import { admitSignIn, countCode, forgiveCodes, forgiveSignIn } from '#core/user/attempts'
import { passwordMatches } from '#core/user/password'
import { passwordsAreOff } from '#core/user/provider-settings'
import { spendCode } from '#core/user/second-factor'
import { endSession, startSession } from '#core/user/sessions'
import type { User } from '#prisma/client'

export interface SignInRequest {
  email: string
  password: string
  /** Of the second factor, where one was asked for. */
  code?: string
  address: string
  browser: string
  /** Names the browser where it has signed in to this account before. */
  device: string | null
}

export type SignInOutcome =
  | { outcome: 'signed_in'; user: User; token: string }
  | { outcome: 'wrong' }
  /** The password is right; what is missing is a code of the second factor. */
  | { outcome: 'code_needed' }
  | { outcome: 'wrong_code' }
  | { outcome: 'rate_limited'; seconds: number }

/**
 * Starts a session for whoever knows the password and has the second factor, where there is one. Wrong and refused
 * attempts are written down.
 */
export const signIn = (request: SignInRequest): Promise<SignInOutcome> =>
  askedFrom(request, () => trySignIn(request))

async function trySignIn(request: SignInRequest): Promise<SignInOutcome> {
  const { email, password, address, browser } = request
  const admission = await admitSignIn(request)
  if (admission.first) await note('user.sign_in_limited', await findByEmail(email))
  if (!admission.admitted) return { outcome: 'rate_limited', seconds: admission.seconds }
  await sleep(admission.delayMs)
  const found = await checkPassword(email, password)
  if (!found.matches) return wrong(found.user)
  await forgiveSignIn(admission)
  const refusal = await askForCode(found.user, request)
  if (refusal) return refusal
  const token = await startSession(found.user, { address, browser })
  if (!token) return wrong(found.user)
  await note('user.sign_in', found.user)
  return { outcome: 'signed_in', user: found.user, token }
}

async function wrong(user: User | null): Promise<SignInOutcome> {
  await note('user.sign_in_failed', user)
  return { outcome: 'wrong' }
}

/** Null for those who need no code, or have given a right one. Only those who know the password get here. */
async function askForCode(user: User, request: SignInRequest): Promise<SignInOutcome | null> {
  const { code, device } = request
  if (!user.totpSince) return null
  if (!code) return { outcome: 'code_needed' }
  const { seconds, first } = await countCode(user.id, device)
  if (first) await note('user.sign_in_limited', user)
  if (seconds !== null) return { outcome: 'rate_limited', seconds }
  if (!(await spendCode(user, code))) {
    await note('user.code_failed', user)
    return { outcome: 'wrong_code' }
  }
  await forgiveCodes(user.id, device)
  return null
}

/** Ends the session of a browser that signs out. */
export async function signOut(token: string): Promise<string | null> {
  const userId = await endSession(token)
  if (userId) await writeAudit(db(), { actorId: userId, action: 'user.sign_out', subjectId: userId })
  return userId
}

/**
 * Takes equally long for an unknown address, a wrong password, a disabled user, and one whose password doesn't count:
 * where passwords are switched off, only one that was set with the terminal's link does, for an hour.
 */
async function checkPassword(email: string, password: string) {
  const user = await findByEmail(email)
  const matches = await passwordMatches(user?.passwordHash ?? null, password)
  const counts = user && !user.disabledAt && (!passwordsAreOff() || isRescue(user))
  return matches && counts ? { matches: true as const, user } : { matches: false as const, user }
}

const isRescue = ({ rescueUntil }: User) => rescueUntil !== null && rescueUntil.getTime() > Date.now()

const findByEmail = (email: string) => db().user.findUnique({ where: { email } })

/** What was typed as an unknown address isn't kept: it may be a password. */
async function note(
  action: 'user.sign_in' | 'user.sign_in_failed' | 'user.sign_in_limited' | 'user.code_failed',
  user: User | null,
): Promise<void> {
  const actorId = action === 'user.sign_in' ? (user?.id ?? null) : null
  await writeAudit(db(), { actorId, action, subjectId: user?.id })
}
