import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { findUser } from '#core/user/data'
import { enableUser } from '#core/user/mutations'

export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await findUser(params.id))) return notFound()
  return Response.json({ outcome: await enableUser(params.id, viewer.id) })
})
