import { accountAnswer } from '#app/_http/account'
import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { deleteUser } from '#core/user/delete'
import { deleteRequest } from '#core/user/schema'

/** Deletes an account; its batches and files are erased, or handed over to somebody else. */
export const DELETE = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const asked = await readBody(request, deleteRequest)
  return accountAnswer(await deleteUser(params.id, asked, viewer))
})
