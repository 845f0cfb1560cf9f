import { accountAnswer } from '#app/_http/account'
import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { changeRole } from '#core/user/mutations'
import { roleRequest } from '#core/user/schema'

/** Promotes or demotes a user. */
export const PUT = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const { role } = await readBody(request, roleRequest)
  return accountAnswer(await changeRole(params.id, role, viewer.id))
})
