import { accountAnswer } from '#app/_http/account'
import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { changeRole } from '#core/user/mutations'
import { roleRequest } from '#core/user/schema'

/** Promotes or demotes a user. */
export const PUT = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const { role } = await readBody(request, roleRequest)
  const outcome = await changeRole(params.id, role, viewer.id)
  webLog().info({ userId: params.id, role, by: viewer.id, outcome }, 'role change')
  return accountAnswer(outcome)
})
