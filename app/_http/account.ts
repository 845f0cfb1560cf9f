import { assertNever } from '#core/errors'
import type { DeleteUserOutcome } from '#core/user/delete'
import type { DisableOutcome, RoleOutcome } from '#core/user/mutations'
import type { ResetTotpOutcome } from '#core/user/second-factor'
import { notFound, problem } from './problem.ts'

/** The answer to an admin who changes somebody's account. */
export function accountAnswer(
  outcome: DisableOutcome | RoleOutcome | DeleteUserOutcome | ResetTotpOutcome,
): Response {
  switch (outcome) {
    case 'disabled':
    case 'changed':
    case 'deleted':
    case 'reset':
    case 'unchanged':
      return Response.json({ outcome })
    case 'last_admin':
      return problem(409, 'last_admin', 'This is the last admin; somebody must be able to administer.')
    case 'yourself':
      return problem(409, 'yourself', 'You cannot do this to yourself; ask another admin.')
    case 'still_running':
      return problem(409, 'still_running', 'One of their jobs has still to stop. Try again in a moment.')
    case 'no_heir':
      return problem(404, 'no_heir', 'Nobody active has this id, to take things over.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
}
