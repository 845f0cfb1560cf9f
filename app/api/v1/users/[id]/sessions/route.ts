import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { revokeSessionsOf } from '#core/user/profile'
import { listSessions } from '#core/user/sessions'

/** Where a user is signed in. */
export const GET = adminRoute<{ id: string }>(async ({ params }) =>
  Response.json({ sessions: await listSessions(params.id) }),
)

/** Signs a user out everywhere. */
export const DELETE = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await revokeSessionsOf(params.id, viewer.id))) return notFound()
  return new Response(null, { status: 204 })
})
