import { assertNever } from '#core/errors'
import type { ProofRefusal } from '#core/user/second-factor'
import { problem, tooMany } from './problem.ts'

export const totpAlreadyOn = (): Response =>
  problem(409, 'already_on', 'Two-step sign-in is on already; turn it off first.')

/** The answer to somebody who did not prove who they are before a change of how they sign in. */
export function proofRefused(refusal: ProofRefusal): Response {
  switch (refusal.outcome) {
    case 'wrong_password':
      return problem(403, 'wrong_password', 'The present password is wrong.')
    case 'wrong_code':
      return problem(403, 'wrong_code', 'This code is wrong, or was used already.')
    case 'not_on':
      return problem(409, 'not_on', 'Two-step sign-in is off.')
    case 'rate_limited':
      return tooMany(refusal.seconds)
    default:
      return assertNever(refusal)
  }
}
