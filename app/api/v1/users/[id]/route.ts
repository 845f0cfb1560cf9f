import { accountAnswer } from '#app/_http/account'
import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { deleteUser } from '#core/user/delete'
import { deleteRequest } from '#core/user/schema'

/** Deletes an account; its batches and files are erased, or handed over to somebody else. */
export const DELETE = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const asked = await readBody(request, deleteRequest)
  const outcome = await deleteUser(params.id, asked, viewer)
  webLog().info({ userId: params.id, how: asked.how, by: viewer.id, outcome }, 'account deletion')
  return accountAnswer(outcome)
})
