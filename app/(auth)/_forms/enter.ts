import { signIn } from 'next-auth/react'
import { announceSignIn } from '#app/_live/sign-in-broadcast'

export type EnterOutcome =
  | 'entered'
  | 'wrong'
  | 'code_needed'
  | 'wrong_code'
  | 'unreachable'
  | { waitSeconds: number }

const OUTCOMES: Record<string, EnterOutcome> = {
  CredentialsSignin: 'wrong',
  code_needed: 'code_needed',
  wrong_code: 'wrong_code',
}

/** Starts a session in this browser. */
export async function enter(email: string, password: string, code?: string): Promise<EnterOutcome> {
  // next-auth takes its answer from an address, which is this page's own unless told otherwise, error and all.
  const how = { redirect: false, callbackUrl: '/' } as const
  const given = { email, password, ...(code ? { code } : {}) }
  const answer = await signIn('credentials', { ...given, ...how }).catch(() => undefined)
  if (answer?.ok && !answer.error) {
    announceSignIn()
    return 'entered'
  }
  const limited = /^rate_limited:(\d+)$/.exec(answer?.error ?? '')
  if (limited) return { waitSeconds: Number(limited[1]) }
  return OUTCOMES[answer?.error ?? ''] ?? 'unreachable'
}
