import { signIn } from 'next-auth/react'
import { announceSignIn } from '../../(portal)/_live/hold.ts'

export type EnterOutcome = 'entered' | 'wrong' | 'rate_limited' | 'unreachable'

/** Starts a session in this browser. */
export async function enter(email: string, password: string): Promise<EnterOutcome> {
  const answer = await signIn('credentials', { email, password, redirect: false }).catch(() => undefined)
  if (answer?.ok && !answer.error) {
    announceSignIn()
    return 'entered'
  }
  if (answer?.error?.startsWith('rate_limited')) return 'rate_limited'
  return answer?.error === 'CredentialsSignin' ? 'wrong' : 'unreachable'
}
