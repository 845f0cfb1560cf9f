import { readBody } from '#app/_http/body'
import { problem, tooMany, weakPassword } from '#app/_http/problem'
import { publicRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { addressOf } from '#app/_server/origin'
import { assertNever } from '#core/errors'
import { countLink } from '#core/user/attempts'
import { resetPassword } from '#core/user/reset'
import { resetRequest } from '#core/user/schema'

/** Sets a new password with a one-time link. */
export const POST = publicRoute(async ({ request }) => {
  const asked = await readBody(request, resetRequest)
  const address = addressOf(request.headers)
  const seconds = await countLink(address)
  if (seconds !== null) return tooMany(seconds)
  const result = await resetPassword(asked)
  webLog().info({ ...result, address }, 'password reset')
  switch (result.outcome) {
    case 'reset':
      return new Response(null, { status: 204 })
    case 'invalid_link':
      return problem(410, 'invalid_link', 'This link was used already or is too old. Ask for a new one.')
    case 'weak_password':
      return weakPassword()
    default:
      return assertNever(result)
  }
})
