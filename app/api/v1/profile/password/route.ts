import { readBody } from '#app/_http/body'
import { problem, tooMany, weakPassword } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { assertNever } from '#core/errors'
import { changePassword } from '#core/user/profile'
import { passwordChange } from '#core/user/schema'

/** Changes the password of whoever knows the present one, and ends their other sessions. */
export const PUT = userRoute(async ({ request, viewer }) => {
  const result = await changePassword(viewer, await readBody(request, passwordChange))
  webLog().info({ userId: viewer.id, outcome: result.outcome }, 'password change')
  switch (result.outcome) {
    case 'changed':
      return new Response(null, { status: 204 })
    case 'wrong_password':
      return problem(403, 'wrong_password', 'The present password is wrong.')
    case 'weak_password':
      return weakPassword()
    case 'rate_limited':
      return tooMany(result.seconds)
    default:
      return assertNever(result)
  }
})
