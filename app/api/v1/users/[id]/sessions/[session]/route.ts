import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { isId } from '#core/ids'
import { revokeSessionsOf } from '#core/user/profile'

/** Signs one of a user's browsers out. */
export const DELETE = adminRoute<{ id: string; session: string }>(async ({ params, viewer }) => {
  const { id, session } = params
  if (!isId(session) || !(await revokeSessionsOf(id, viewer.id, session))) return notFound()
  return new Response(null, { status: 204 })
})
