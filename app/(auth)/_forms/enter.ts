import { signIn } from 'next-auth/react'
import { announceSignIn } from '#app/_live/sign-in-broadcast'

export type EnterOutcome = 'entered' | 'wrong' | 'unreachable' | { waitSeconds: number }

/** Starts a session in this browser. */
export async function enter(email: string, password: string): Promise<EnterOutcome> {
  const answer = await signIn('credentials', { email, password, redirect: false }).catch(() => undefined)
  if (answer?.ok && !answer.error) {
    announceSignIn()
    return 'entered'
  }
  const limited = /^rate_limited:(\d+)$/.exec(answer?.error ?? '')
  if (limited) return { waitSeconds: Number(limited[1]) }
  return answer?.error === 'CredentialsSignin' ? 'wrong' : 'unreachable'
}
