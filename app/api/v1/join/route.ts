import { readBody } from '#app/_http/body'
import { problem, tooMany, weakPassword } from '#app/_http/problem'
import { publicRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { addressOf } from '#app/_server/origin'
import { assertNever } from '#core/errors'
import { countLink } from '#core/user/attempts'
import { join } from '#core/user/invitations'
import { joinRequest } from '#core/user/schema'

/** Makes an account with a one-time link: an invitation, or the first-run set-up link. */
export const POST = publicRoute(async ({ request }) => {
  const asked = await readBody(request, joinRequest)
  const address = addressOf(request.headers)
  const seconds = await countLink(address)
  if (seconds !== null) return tooMany(seconds)
  const result = await join(asked)
  const userId = result.outcome === 'joined' ? result.user.id : undefined
  webLog().info({ userId, outcome: result.outcome, address }, 'join')
  switch (result.outcome) {
    case 'joined': {
      const { id, email, name, role } = result.user
      return Response.json({ id, email, name, role }, { status: 201 })
    }
    case 'invalid_link':
      return problem(
        410,
        'invalid_link',
        'This link was used already or is too old. Ask an admin for a new one.',
      )
    case 'email_taken':
      return problem(409, 'email_taken', 'There is an account with this e-mail address already.')
    case 'wrong_email':
      return problem(403, 'wrong_email', 'This link is for another e-mail address.')
    case 'weak_password':
      return weakPassword()
    default:
      return assertNever(result)
  }
})
