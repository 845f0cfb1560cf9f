import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { revokeSession } from '#core/user/profile'

/** Signs one of the caller's browsers out. */
export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await revokeSession(viewer.id, params.id))) return notFound()
  webLog().info({ userId: viewer.id, sessionId: params.id }, 'session ended')
  return new Response(null, { status: 204 })
})
